/** How the command ended, as its exit status says it. */
export const Exit = {
  ok: 0,
  notVerified: 1,
  usage: 2,
  noConnection: 3,
  noOpenSSL: 4,
} as const;

/** The command line itself is wrong; the message says how. */
export class UsageError extends Error {}
