/* Dates as people read them, in the reader's own zone and language. */

import { el } from "./dom.js";

const DATE_FORMS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_slash: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** Slack's date token as a node; the fallback is shown where the time or the form is unusable. */
export function timeNode(seconds, form, fallback) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback);
  const text = form.replace(/\{(\w+)\}/g, (whole, name) => datePart(date, name) ?? whole);
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, text || fallback);
}

function datePart(date, name) {
  const pretty = name.endsWith("_pretty");
  const base = pretty ? name.slice(0, -"_pretty".length) : name;
  if (base === "ago") return agoText(date);
  if (!DATE_FORMS[base]) return null;
  return (pretty && nearbyDay(date)) || new Intl.DateTimeFormat(undefined, DATE_FORMS[base]).format(date);
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export function nearbyDay(date, now = new Date()) {
  const days = Math.round((startOfDay(date) - startOfDay(now)) / 86_400_000);
  return Math.abs(days) <= 1 ? new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day") : null;
}

export function agoText(date, now = new Date()) {
  const form = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const minutes = Math.round((date - now) / 60_000);
  if (Math.abs(minutes) < 60) return minutes === 0 ? "just now" : form.format(minutes, "minute");
  return Math.abs(minutes) < 1440
    ? form.format(Math.round(minutes / 60), "hour")
    : form.format(Math.round(minutes / 1440), "day");
}
