// Who has signed in at this bench: the operator on top of the screen's own sign-in, by password or badge; and signing out again.

import { fitting } from "../app/pages.js";
import { recordOf } from "../app/records.js";
import { drawScreens, leaveButton, lesser } from "../app/screens.js";
import { hasStationKey, signOut } from "../app/sign_in.js";
import { recordsOf } from "../app/supercoach.js";
import { ask, asking } from "../elements/confirm-dialog.js";
import { listenForBadges } from "./badge.js";
import { onIdentity, signInByBadge, signInByPassword, signOutOperator } from "./people.js";

const ENDED = "Your sign-in has ended. Sign in again.";
const UNITS = { landscape: 6, portrait: 5 };
const READS = ["start", "finished"];

export class Account {
  /** `refresh` reads the catalogue anew, `fail(text)` says on the page what went wrong; the others as in actions.js. */
  constructor({ state, take, feed, notice, refresh, fail }) {
    Object.assign(this, { state, take, feed, notice, refresh, fail, role: "", reading: false });
    this.ways = {
      signIn: async (operator, password) => this.became(await signInByPassword(operator, password)),
      asUser: () => this.take({ type: "loaded", values: { asUser: true } }),
      records: () => this.records(),
      unitsAt: (at) => this.unitsAt(at),
      leaveRecords: () => this.take({ type: "loaded", values: { records: null } }),
    };
  }

  /** Who the screen itself is. */
  knows({ role }) {
    this.role = role;
    this.drawWays();
  }

  // Other screens are opened as who signed this one in: nobody is led further than that, nor further than their own role.
  drawWays() {
    drawScreens(this.screens, this.state().operator ? lesser(this.state().operator.role, this.role) : this.role);
  }

  listen(place, screens) {
    this.screens = screens;
    place.replaceChildren(leaveButton(() => this.leave()));
    onIdentity({ ended: () => this.left(ENDED), changed: () => this.feed.signInAnew() });
    listenForBadges(
      () => this.state().operators.length > 0 && READS.includes(this.state().screen) && !asking(),
      (badge) => this.badge(badge),
    );
  }

  became(operator) {
    this.take({ type: "person", operator, role: operator.role });
    this.drawWays();
    if (this.state().screen === "finished") this.take({ type: "next" });
    this.refresh();
  }

  left(said = "") {
    if (this.state().operator) this.take({ type: "person", operator: null, role: this.role, said });
    this.drawWays();
  }

  async badge(rfid) {
    // A reader may tell a badge twice.
    if (this.reading) return;
    this.reading = true;
    try {
      this.became(await signInByBadge(rfid));
    } catch (error) {
      const words = error.code === "wrong_credentials" ? "Nobody who may build here has this badge." : error.message;
      if (this.state().operator) this.notice(words);
      else this.fail(words);
    } finally {
      this.reading = false;
    }
  }

  async records() {
    try {
      this.take({ type: "loaded", values: { records: await this.unitsAt(0) } });
    } catch (error) {
      this.fail(error.message);
    }
  }

  async unitsAt(at) {
    const { records, total_pages: pages } = await recordsOf(this.state().operator.id, at, fitting(UNITS));
    return { records: records.map(recordOf), at, pages: Math.max(1, pages) };
  }

  async leave() {
    const { operator, asUser } = this.state();
    const question = { text: "A unit that is being built goes on.", confirm: "Sign out", dismiss: "Stay" };
    if (operator) {
      if (!(await ask({ title: `Sign out ${operator.name}?`, ...question }))) return;
      this.left();
      await signOutOperator();
    } else if (hasStationKey()) this.notice("Nobody is signed in: this screen belongs to its station.");
    else if (asUser && this.state().operators.length) this.take({ type: "person", operator: null, role: this.role });
    else if (await ask({ title: "Sign out?", ...question })) await signOut();
  }
}
