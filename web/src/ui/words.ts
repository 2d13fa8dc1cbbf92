import catalogue from '../../../contract/end-reasons.json';
import type { Closing } from '../term/closing.ts';
import type { Exit } from '../term/frames.ts';

/** Of hosts of terminals, and of this client; all others are in the catalogue of the gateway. */
const OWN: Record<string, string> = {
  connection_lost: 'The connection was lost.',
  no_answer: 'The gateway does not answer.',
  bad_frame: 'What came is not what a terminal sends.',
  replaced: 'This session was opened elsewhere with the same page.',
  session_over: 'The session is over, and its output is no longer kept.',
  session_not_found: 'There is no such session.',
  not_authenticated: 'This session needs a token.',
  forbidden: 'This session is not open to you.',
  too_many_viewers: 'Too many look at this session already.',
  host_fault: 'The host of the session has a defect.',
  host_stopping: 'The host of the session stops.',
};

const known = new Map(catalogue.endReasons.map((reason) => [reason.label, `${reason.text} ${reason.advice}`]));

export function wordsOf(why: Closing): string {
  return why.text ?? OWN[why.label] ?? known.get(why.label) ?? `The connection ended with ${why.code} (${why.label.replaceAll('_', ' ')}).`;
}

const CAUSES: Record<string, string> = {
  deadline: 'ended: it ran longer than it may',
  idle: 'ended: nothing was typed or printed for too long',
  maximum_life: 'ended: it reached its longest life',
  detached: 'ended: nobody was attached for too long',
  deleted: 'deleted',
  host_stopping: 'ended: its host stops',
  out_of_memory: 'ended: it used more memory than it may',
  start_failed: 'could not be started',
};

/** `exited with code 3 after 2.5 s`. */
export function wordsOfExit(exit: Exit): string {
  const how =
    exit.cause === 'exited' ? `exited with code ${exit.code}` : exit.cause === 'signalled' ? `ended by ${exit.signal}` : (CAUSES[exit.cause] ?? exit.cause);
  return `${how} after ${duration(exit.seconds)}`;
}

/** In the two largest units: `1 h 4 min`, `2.5 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) {
    return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
