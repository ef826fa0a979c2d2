// Steps that have a name and no pictures yet: the hub learns of a step when it is first recorded, so until then this browser keeps it.

import { recall, remember } from "../app/memory.js";

export class Pending {
  /** [{name, benchmark}] of an assembly. */
  of(assemblyId) {
    if (!assemblyId) return [];
    try {
      return JSON.parse(recall(`pending.${assemblyId}`) || "[]");
    } catch (error) {
      console.info("The list of steps to come could not be read.", error.message);
      return [];
    }
  }

  add(assemblyId, step) {
    this.keep(assemblyId, [...this.of(assemblyId), step]);
  }

  rename(assemblyId, index, step) {
    this.keep(
      assemblyId,
      this.of(assemblyId).map((old, at) => (at === index ? step : old)),
    );
  }

  drop(assemblyId, index) {
    this.keep(
      assemblyId,
      this.of(assemblyId).filter((_, at) => at !== index),
    );
  }

  keep(assemblyId, steps) {
    remember(`pending.${assemblyId}`, JSON.stringify(steps));
  }
}

/** A random UUID; made here because `crypto.randomUUID` is missing where the hub is reached over plain HTTP by its name. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
