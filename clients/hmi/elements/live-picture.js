// The live picture of a station: newest frame wins, drawn on a canvas; over it, in SVG, the watched region. The frame round it tells
// the state. An old picture is never shown as if it were live: `stale` greys it.

import { around, drawCrop } from "../app/crop.js";
import { h, mark, svg } from "../app/dom.js";

class LivePicture extends HTMLElement {
  connectedCallback() {
    if (this.canvas) return;
    this.canvas = h("canvas", { width: 640, height: 480, role: "img", "aria-label": "Live picture of the station" });
    this.region = svg("rect", { class: "region", rx: 6 });
    this.overlay = svg("svg", { class: "overlay", "aria-hidden": "true", viewBox: "0 0 640 480" }, this.region);
    this.empty = h("p", { class: "no-picture" });
    this.append(this.canvas, this.overlay, this.empty);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.busy = false;
    this.waiting = null;
    mark(this, "picture", "none");
  }

  /** Draws a picture message. While one is being decoded only the newest waits. `drawn(picture)` is called when it is on the screen. */
  async show(picture, drawn) {
    if (!this.canvas) {
      // No part of the page yet: the camera gives pictures all the same.
      drawn?.(picture);
      return;
    }
    if (this.busy) {
      this.waiting = { picture, drawn };
      return;
    }
    this.busy = true;
    try {
      const bitmap = await createImageBitmap(picture.jpeg);
      this.draw(bitmap);
      drawn?.(picture);
    } catch (error) {
      console.warn("A picture could not be decoded.", error.message);
    } finally {
      this.busy = false;
    }
    const next = this.waiting;
    this.waiting = null;
    if (next) this.show(next.picture, next.drawn);
  }

  draw(bitmap) {
    const { width, height } = bitmap;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.dispatchEvent(new CustomEvent("shape", { detail: width / height, bubbles: true }));
      this.place(this.roi);
    }
    this.context.drawImage(bitmap, 0, 0);
    bitmap.close();
    mark(this, "picture", "some");
  }

  /** The watched region as [x, y, w, h], 0..1, or null. */
  watch(roi) {
    if (String(roi) === String(this.roi)) return;
    this.roi = roi;
    this.place(roi);
  }

  place(roi) {
    this.region.toggleAttribute("hidden", !roi);
    if (!roi) return;
    const { width, height } = this.canvas;
    const [x, y, w, k] = [roi[0] * width, roi[1] * height, roi[2] * width, roi[3] * height];
    for (const [name, value] of Object.entries({ x, y, width: w, height: k })) this.region.setAttribute(name, value.toFixed(1));
  }

  /** Copies the watched region, `factor` times larger, to another canvas: "as it is now". */
  copyTo(canvas, factor) {
    if (this.dataset.picture === "some") drawCrop(canvas, this.canvas, this.canvas.width, this.canvas.height, around(this.roi, factor));
  }

  /** Greys the picture: it is old. */
  set stale(old) {
    mark(this, "stale", old ? "yes" : "no");
  }

  /** Says why there is no picture yet. */
  set note(text) {
    if (this.empty.textContent !== text) this.empty.textContent = text;
  }
}

customElements.define("live-picture", LivePicture);
