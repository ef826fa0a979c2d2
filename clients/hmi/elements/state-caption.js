// The state in words and shape, under the picture: what nobody can overlook.

import { h, mark, say } from "../app/dom.js";
import { icon, reshape } from "../app/icons.js";

class StateCaption extends HTMLElement {
  connectedCallback() {
    if (this.words) return;
    this.shape = icon("waiting");
    this.words = h("strong", { class: "state-words" });
    this.more = h("span", { class: "state-more" });
    this.append(this.shape, h("p", { class: "state-text", role: "status" }, this.words, this.more));
  }

  /** `look` gives colour and shape; `words` the state, `more` what to do. */
  tell(look, words, more = "") {
    mark(this, "look", look);
    reshape(this.shape, look === "link" ? "link" : look);
    say(this.words, words);
    say(this.more, more);
  }
}

customElements.define("state-caption", StateCaption);
