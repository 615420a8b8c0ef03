export { AuthorizationCodeFlow } from '../authorizationCodeFlow';
export { browserSignIn } from './browserSignIn';
