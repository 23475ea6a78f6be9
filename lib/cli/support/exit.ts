/** How a command ended, as its exit status says it. The table is in --help, in the man page and in README. */
export const Exit = {
  ok: 0,
  notVerified: 1,
  usage: 2,
  noConnection: 3,
  noOpenSSL: 4,
  expiring: 5,
  noStartTls: 6,
  notResumed: 7,
  earlyDataNotTaken: 8,
} as const;

export type Status = (typeof Exit)[keyof typeof Exit];

/** The command line itself is wrong; the message says how. */
export class UsageError extends Error {}

/** What went wrong in words, and the stable name of it. */
export interface Problem {
  code: string | undefined;
  message: string;
}

/** An error with a code of ownssl's own, and the exit status that it ends a command with. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: Status = Exit.noConnection,
  ) {
    super(message);
  }
}

/** An error in one line: what OpenSSL calls its reason, or all that Node tried. */
export function problemFrom(error: unknown): Problem {
  const { code, message, reason, errors } = error as NodeJS.ErrnoException & {
    reason?: string;
    errors?: Error[];
  };
  const tried = errors?.map((each) => each.message).join('; ');
  return { code, message: tried ?? reason ?? message };
}
