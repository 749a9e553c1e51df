/** true: it does what the question asks for; null: the tool has no such thing. */
export type Answer = boolean | null;

export interface Observation {
  readonly answer: Answer;
  /** What was seen, in words. */
  readonly seen: string;
}

/** A line of docs/comparison.md, by the words that it has there, and how it is tried. */
export interface Question {
  readonly title: string;
  readonly done: string;
}

export const QUESTIONS = {
  leader: {
    title: 'it is not a session leader, and gets no terminal by accident',
    done: 'start it, then read session and pid in /proc/PID/stat',
  },
  blocked: {
    title: 'signals that the caller had blocked are let through again',
    done: 'start it by a program that has blocked SIGTERM, then read SigBlk in /proc/PID/status',
  },
  ignored: {
    title: 'signals that the caller had ignored are no longer ignored',
    done: 'start it by a program that ignores SIGUSR1, then read SigIgn in /proc/PID/status',
  },
  files: {
    title: "the caller's open files are closed",
    done: 'start it by a program that has /dev/null open as 7 and 200, then look for these in /proc/PID/fd',
  },
  terminal: {
    title: 'it lives though its terminal dies the moment `start` returns',
    done: 'start it by a shell on a terminal of its own that goes when the command returns; several times',
  },
  groups: {
    title: 'another user gets exactly its own groups',
    done: 'start it for "nobody" by a root that has the groups 0 and 4, then read Uid, Gid and Groups in /proc/PID/status',
  },
  missing: {
    title: '`start` fails when the program is missing',
    done: 'start a file that is not there; look at the exit status',
  },
  ended: {
    title: '`start` fails when the program ends at once',
    done: 'start a program that writes "last words" to stderr and exits with 7; look at the exit status',
  },
  words: {
    title: '… and shows its last words',
    done: 'look for these words in what the same command says',
  },
  ready: {
    title: '`start` returns when the daemon is ready: listens, says so, answers',
    done: 'start a program that takes half a second, then says READY=1 to NOTIFY_SOCKET (a server in Node: listens, and sends "ready" by IPC); compare the times',
  },
  twice: {
    title: 'a second start of one name makes no second daemon',
    done: 'start it twice, one after the other; count',
  },
  ten: {
    title: 'ten starts at the same moment make one daemon',
    done: 'start ten at the same moment; count what runs 1.4 s later',
  },
  stale: {
    title: 'after `kill -9` the next start simply starts',
    done: 'SIGKILL, 0.7 s, start again',
  },
  stranger: {
    title: '`stop` never signals a stranger who got the pid',
    done: 'SIGKILL, write the pid of another process of the same program into the PID file, stop; look at that one',
  },
  gone: {
    title: '`stop` returns when the daemon is gone',
    done: 'stop a daemon that takes 0.3 s to end; look the moment the command returns',
  },
  stubborn: {
    title: '`stop` ends what ignores SIGTERM',
    done: 'stop a daemon that ignores SIGTERM and SIGINT; look for up to 20 s',
  },
  descendants: {
    title: '`stop` ends every descendant, wherever it hides',
    done: 'stop a daemon with a descendant in a session of its own whose parent is gone; look at that one',
  },
} as const satisfies Record<string, Question>;

export type QuestionId = keyof typeof QUESTIONS;
export type Observations = Partial<Record<QuestionId, Observation>>;
