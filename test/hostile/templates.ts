import { BYTE_INPUTS } from './byteInputs';
import { FRAME_INPUTS } from './frameInputs';
import { FRAME_SIZE_INPUTS } from './frameSizeInputs';
import type { Templates } from './hostileInput';
import { OAUTH_INPUTS } from './oauthInputs';
import { REST_INPUTS } from './restInputs';
import { REST_SIDE_INPUTS } from './restSideInputs';
import { REST_SIZE_INPUTS } from './restSizeInputs';
import { SOCKET_INPUTS } from './socketInputs';

/** Every kind of input there is. */
export const TEMPLATES: Templates = {
  ...FRAME_INPUTS,
  ...FRAME_SIZE_INPUTS,
  ...SOCKET_INPUTS,
  ...BYTE_INPUTS,
  ...REST_INPUTS,
  ...REST_SIDE_INPUTS,
  ...REST_SIZE_INPUTS,
  ...OAUTH_INPUTS,
};
