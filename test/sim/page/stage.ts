import type { Browser, Locator, Page } from 'playwright-core';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import { ReplayableWorld } from '../../../sim/dashboard/replayable-world.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import type { WorldSourceOptions } from '../../../sim/dashboard/world-source.js';
import type { Answer, Request } from '../../../sim/page/protocol.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { openPage } from './page.js';

/** Updates that a page is told in a second. */
const UPDATES_A_SECOND = 4;

/**
 * A real world behind the real server with a page that shows it. Its time passes only in `seconds`, so that what a
 * control has brought about within a second does not depend on how busy the computer is.
 */
export class Stage {
  page!: Page;
  errors!: string[];
  /** Answers to what the page asked for, oldest first. */
  readonly answers: Answer[] = [];
  /** What it asked for, of which the panel of a tag asks by itself. */
  private readonly requests: Request[] = [];
  private server!: DashboardServer;
  private readonly shown: ReplayableWorld;

  private constructor(readonly source: WorldSource) {
    const shown = new ReplayableWorld(source);
    const request = shown.request.bind(shown);
    shown.request = async (of: Request) => {
      this.requests.push(of);
      const answer = await request(of);
      this.answers.push(answer);
      return answer;
    };
    this.shown = shown;
  }

  /** The world has run for half a minute when the page is opened: its gateway is connected. */
  static async open(browser: Browser, file: WorldFile, options?: WorldSourceOptions): Promise<Stage> {
    const stage = new Stage(new WorldSource(planOfFile(file, file.name, 1), options));
    stage.server = await serveDashboard(stage.shown);
    await stage.seconds(30);
    const { page, errors } = await openPage(browser, stage.server.url);
    stage.page = page;
    stage.errors = errors;
    await page.locator('#gateway .machine').first().waitFor();
    return stage;
  }

  /** Lets time pass for the world, with the updates that the page is told. */
  async seconds(count: number): Promise<void> {
    const { source } = this;
    for (let i = 0; i < count * UPDATES_A_SECOND; i++) {
      await source.runUntil(source.now() + 1000 / UPDATES_A_SECOND);
      source.update();
    }
  }

  /** Lets time pass until the page shows it; throws when it does not within so many seconds of the world. */
  async until(locator: Locator, most: number): Promise<void> {
    for (let i = 0; i < most; i++) {
      await this.seconds(1);
      await this.drawn();
      if (await locator.count()) return;
    }
    await locator.waitFor({ timeout: 1000 });
  }

  /** What the page has asked for so far by one of these controls. */
  asked(...controls: Request['name'][]): Request[] {
    return this.requests.filter(({ name }) => controls.includes(name));
  }

  /** Does something that asks the server once, and lets a second of the world pass after that. */
  async act(what: () => Promise<unknown>): Promise<Answer> {
    const { length } = this.requests;
    await what();
    while (this.requests.length === length) await this.page.waitForTimeout(10);
    // An answer of the device takes time of the world.
    for (let i = 0; i < 60 && this.answers.length < this.requests.length; i++) {
      await this.seconds(0.25);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.seconds(1);
    await this.drawn();
    return this.answers.at(-1)!;
  }

  /** Waits until the page has taken and drawn what it was told: the time that it shows is that of the world. */
  async drawn(): Promise<void> {
    const time = new Date(this.source.now() + this.startOfWorld()).toISOString();
    await this.page.locator(`header time[datetime="${time}"]`).waitFor();
  }

  async close(): Promise<void> {
    await this.page?.context().close();
    await this.server.close();
  }

  private startOfWorld(): number {
    const [, state] = this.source.snapshot();
    return state?.type === 'state' ? state.now - this.source.now() : 0;
  }
}
