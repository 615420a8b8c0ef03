import { isLoopbackHost, parseServerAddress, type ServerAddress } from '../model/serverAddress';
import { factOf, failed, found, skipped, type Failed, type Finding } from './finding';
import type { Network } from './network';

/** A place in which users name a proxy. */
export interface ProxySetting {
  /** Of the setting or the variable. */
  readonly name: string;
  readonly url: string;
  /** Whether requests go by it. */
  readonly isUsed: boolean;
}

/** What is asked without HTTP. */
export interface NetworkTools {
  /** Undefined where it cannot be asked. */
  readonly network: Network | undefined;
  readonly proxies: readonly ProxySetting[];
}

export function checkAddress(serverUrl: string): Finding<ServerAddress> {
  const address = parseServerAddress(serverUrl);
  if (!address.ok) return failed(address.failure);
  return found(address.value.isPlain ? 'plain http to this computer' : 'https', address.value);
}

export async function checkDns(tools: NetworkTools, address: ServerAddress): Promise<Finding<true>> {
  const { hostname } = new URL(address.base);
  if (/^[\d.]+$|^\[/.test(hostname)) return skipped('the address is a number', true);
  if (!tools.network) return UNASKED;
  const resolved = await tools.network.resolve(hostname);
  if (!resolved.ok) return unlessProxied(tools, address, failed(resolved.failure));
  return found(`IPv4 addresses: ${resolved.value.v4}, IPv6 addresses: ${resolved.value.v6}`, true);
}

export async function checkTls(
  tools: NetworkTools,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<Finding<true>> {
  if (address.isPlain) return skipped('plain http', true);
  if (!tools.network) return UNASKED;
  const { hostname, port } = new URL(address.base);
  const host = hostname.replace(/^\[|\]$/g, '');
  const greeted = await tools.network.handshake(host, Number(port || 443), signal);
  if (!greeted.ok) return unlessProxied(tools, address, failed(greeted.failure));
  return found(`${greeted.value.protocol}, certificate valid until ${greeted.value.validTo}`, true);
}

const UNASKED = skipped('not in a browser', true as const);

/** Names no host: a proxy is often known inside its company alone. */
export function checkProxy(proxies: readonly ProxySetting[]): Finding<true> {
  const named = proxies.map(({ name, url, isUsed }) => {
    const proxy = URL.canParse(url) ? new URL(url) : undefined;
    const what = proxy ? `${proxy.protocol.slice(0, -1)}, port ${proxy.port || 'by default'}` : 'no URL';
    return `${name} is set (${what})${isUsed ? '' : ', not used here'}`;
  });
  return found(named.join('; ') || 'none is set', true);
}

/** What cannot be reached directly may be reached by way of the proxy. */
function unlessProxied(
  { proxies }: NetworkTools,
  { base }: ServerAddress,
  finding: Failed<true>,
): Finding<true> {
  if (isLoopbackHost(new URL(base).hostname) || !proxies.some(({ isUsed }) => isUsed)) return finding;
  return skipped(`not without the proxy: ${factOf(finding.failure)}`, true);
}
