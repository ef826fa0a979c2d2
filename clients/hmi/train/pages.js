// The studio's pages before an assembly is open: which one, or why none.

import { sampleImage } from "../app/api.js";
import { h } from "../app/dom.js";
import { firstStation } from "../app/first_station.js";
import { emptyScreen, stationScreen } from "../operator/start.js";
import { chooseView } from "./choose_view.js";

/** The page for a screen; `go` {again, atStation, open, create} are the ways on from it. */
export function pageOf(screen, state, go) {
  const again = h("button", { class: "primary large", type: "button", on: { click: go.again } }, "Look again");
  const home = h("a", { class: "button primary large", href: "/" }, "To the bench");
  if (screen === "loading") return emptyScreen({ heading: "Teach Takt", sentence: "One moment …" }).element;
  if (screen === "trouble") return emptyScreen({ heading: "Takt does not answer", sentence: state.trouble, action: again }).element;
  if (screen === "refused")
    return emptyScreen({
      heading: "Only supervisors teach",
      sentence: "Your account may not record or train. Ask an administrator for the role of supervisor.",
      action: home,
    }).element;
  if (screen === "no-station") return firstStation("supervisor", go.again).element;
  if (screen === "stations")
    return stationScreen({
      stations: state.stations,
      choose: go.atStation,
    }).element;
  return chooseView({ assemblies: state.assemblies, image: sampleImage, open: go.open, create: go.create });
}
