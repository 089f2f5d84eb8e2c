import type { Answer, Request, ToPage } from '../page/protocol.js';

/** What stands behind a dashboard: a simulated world, the topics of devices, a fleet. */
export interface DashboardSource {
  /**
   * What a page has to be told first, beginning with `Hello`; what follows is told to all pages alike. Called for each
   * page that opens, and again for one that was too slow to take all that was told.
   */
  snapshot(): readonly ToPage[];

  /** Whom to tell what is new, from now on. A `Hello` means that all pages begin anew. */
  watch(tell: (text: ToPage) => void): void;

  /** Does what a person asked for. Does not throw; what is wrong is in the answer. */
  request(request: Request): Promise<Answer>;

  /** Ends what it runs. */
  close(): void;
}
