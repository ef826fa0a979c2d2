// The operator's pages around coaching: one for each state, built once.

import { h } from "../app/dom.js";
import { firstStation } from "../app/first_station.js";
import { choicesOf, pictureOf } from "./catalogue.js";
import { historyScreen } from "./history.js";
import { emptyScreen, finishedScreen, startScreen, stationScreen } from "./start.js";
import { mustSignIn } from "./state.js";
import { whoScreen } from "./who.js";

/** What the page shows: a state of its own within "start" while somebody signs in or looks at their units. */
export function pageName(state, shown) {
  if (shown !== "start") return shown;
  if (state.stations.length === 0) return "start";
  return mustSignIn(state) ? "who" : state.records ? "records" : "start";
}

/** Built anew only when this changes: what was typed stays. */
export function keyOf(state, name) {
  const ready = state.assemblies.filter((one) => one.ready).length;
  const person = [state.operator?.id, state.role, state.stamp];
  return [name, state.station?.id, state.unit?.recordId, ready, state.assembly?.id, ...person].join("/");
}

/** The page; `go` {again, atStation, begin, next, another, signIn, asUser, records, unitsAt, leaveRecords} are the ways on from it. */
export function pageOf(name, state, go) {
  const again = () => h("button", { class: "primary large", type: "button", on: { click: go.again } }, "Look again");
  if (name === "loading") return emptyScreen({ heading: "Takt", sentence: "One moment …" });
  if (name === "trouble") return emptyScreen({ heading: "Takt does not answer", sentence: state.notice, action: again() });
  if (name === "stations") return stationScreen({ stations: state.stations, choose: (station) => go.atStation(station.id) });
  if (name === "who") {
    const onward = state.account ? { name: state.account, go: go.asUser } : null;
    return whoScreen({ operators: state.operators, signIn: go.signIn, onward, said: state.notice });
  }
  if (name === "records") return historyScreen({ person: state.operator, units: state.records, turn: go.unitsAt, back: go.leaveRecords });
  if (state.stations.length === 0) return firstStation(state.role, go.again);
  if (name === "finished" && state.assembly)
    return finishedScreen({ unit: state.unit, assembly: state.assembly, onward: go.next, choose: go.another });
  return choiceOf(state, go);
}

function choiceOf(state, go) {
  const mayTeach = state.role === "supervisor" || state.role === "admin";
  const assemblies = choicesOf(state, mayTeach);
  if (!assemblies.some((assembly) => assembly.ready)) return emptyScreen({ heading: "Nothing to build yet", ...untaught(mayTeach) });
  return startScreen({
    assemblies,
    mayTeach,
    image: pictureOf,
    who: state.who,
    operator: state.operator,
    records: go.records,
    begin: go.begin,
  });
}

function untaught(mayTeach) {
  const sentence = "Takt has not been taught an assembly. It takes a few minutes: record each step for a few seconds, then train.";
  return mayTeach
    ? { sentence, action: h("a", { class: "button primary large", href: "/train" }, "Teach an assembly") }
    : { sentence: `${sentence} Ask a supervisor.` };
}
