// REST of the dashboard: the four services' shapes as they are, read whole within a limit.

import { get, part, post, put, request } from "/static/hmi/app/api.js";
import { jsonOf } from "/static/hmi/app/http.js";

const PAGE = 100;
// So much of anything that is listed by pages is read: beyond it a person has to ask for less.
const PAGES = 50;

/** The site, and the hub's clock minus the browser's in ms. */
export async function clock() {
  const sentMs = Date.now();
  const site = await get("/api/v1/site");
  return [site, site.now_ms - (sentMs + Date.now()) / 2];
}

export const reasonTree = () => get("/api/v1/reason-codes/tree");

/** `{events, position}` of a window of at most a day; the websocket goes on from `position`. */
export async function events(fromMs, toMs) {
  const response = await request("GET", `/api/v1/events?from=${iso(fromMs)}&to=${iso(toMs)}`);
  const found = await jsonOf(response);
  return { events: found, position: { epoch: response.headers.get("Takt-Epoch"), offset: response.headers.get("Takt-Offset") } };
}

/** Every machine that is not archived. */
export async function machines() {
  const { items } = await pages("/api/v1/machines?sort_by=name&sort_dir=asc", () => true);
  return items.filter((machine) => machine.is_active !== false);
}

/** `{items, whole}`: downtime records of all machines, newest first, back to the first that began before `sinceMs`, if that is `whole`. */
export function records(sinceMs) {
  return pages("/api/v1/fleet/downtime?sort_by=started_at&sort_dir=desc", (item) => Date.parse(item.started_at) >= sinceMs);
}

async function pages(path, goOn) {
  const items = [];
  for (let page = 1; page <= PAGES; page++) {
    const answer = await get(`${path}&page=${page}&page_size=${PAGE}`);
    items.push(...answer.items);
    if (page >= answer.total_pages || answer.items.length === 0 || !goOn(answer.items.at(-1))) return { items, whole: true };
  }
  return { items, whole: false };
}

export const detected = (sinceMs) => get(`/api/v1/downtime?since=${iso(sinceMs)}`);
export const regions = () => get("/api/v1/rois");

/** MTTR and MTBF of one machine (its id) or of the fleet (null). */
export const reliability = (machineId, days) =>
  get(`/api/v1/${machineId ? `machines/${part(machineId)}` : "fleet"}/mttr-mtbf?days=${days}`);

export const record = (machineId, body) => post(`/api/v1/machines/${part(machineId)}/downtime`, body);
export const change = ({ machine_id, id }, body) => put(`/api/v1/machines/${part(machine_id)}/downtime/${part(id)}`, body);
export const end = ({ machine_id, id }) => post(`/api/v1/machines/${part(machine_id)}/downtime/${part(id)}/end`);

/** Apps on devices as they are now: [{deviceId, device, app, status}]; status is running, stopped or silent. */
export async function apps() {
  const { data } = await get("/api/v1/devices/status");
  return data.flatMap((device) =>
    device.apps.map(({ app, online, current_status }) => {
      return { deviceId: device.id, device: device.name, app: app.code, status: online ? current_status.status : "silent" };
    }),
  );
}

/** Percentage of today, by the site's clock, that an app ran. */
export const uptimeToday = async ({ deviceId, app }) =>
  (await get(`/api/v1/device-apps/${part(deviceId)}/${part(app)}/uptime`)).data.summary.uptime_pct;

export const iso = (ms) => new Date(Math.round(ms)).toISOString();
