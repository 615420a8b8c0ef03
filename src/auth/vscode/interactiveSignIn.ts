export { AuthorizationCodeFlow } from '../authorizationCodeFlow';
export { browserSignIn } from './browserSignIn';
export { askForInstead, signInWithToken } from './signInWithToken';
