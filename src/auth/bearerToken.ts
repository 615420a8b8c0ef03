/** Whether a token can stand in an `Authorization` header (`b64token`, RFC 6750 §2.1). */
export function isBearerToken(token: string): boolean {
  return /^[\w.~+/-]{1,8192}=*$/.test(token);
}

/** Whether this, if anything, can be a refresh token (RFC 6749 §A.17). */
export function isRefreshToken(token: string | undefined): boolean {
  return token === undefined || /^[\x20-\x7e]{1,8192}$/.test(token);
}
