import { FRAME_INPUTS } from './frameInputs';
import type { Templates } from './hostileInput';
import { OAUTH_INPUTS } from './oauthInputs';
import { REST_INPUTS } from './restInputs';
import { SOCKET_INPUTS } from './socketInputs';

/** Every kind of input there is. */
export const TEMPLATES: Templates = { ...FRAME_INPUTS, ...SOCKET_INPUTS, ...REST_INPUTS, ...OAUTH_INPUTS };
