/** Time within which Redis has to answer for a request that does not ask to wait: the client has its reply within two seconds. */
export const REPLY_WITHIN_MS = 1_500;
