export { PhoenixChannelClient } from '../phoenixChannel';
export { webSocketTransport } from './webSocket';
