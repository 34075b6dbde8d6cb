"use strict";

const POLL_MS = 2000;
const $ = (id) => document.getElementById(id);
let session = null;

function cell(row, text, kind) {
  const td = row.insertCell();
  td.textContent = text;
  if (kind) td.className = kind;
}

function show(status) {
  const rows = Object.entries(status.services).map(([name, service]) => {
    const row = document.createElement("tr");
    cell(row, name);
    cell(row, service.state, service.state);
    cell(row, service.version);
    cell(row, service.engine);
    cell(row, service.latency_ms === null ? "" : `${service.latency_ms} ms`);
    cell(row, service.detail);
    return row;
  });
  $("services").replaceChildren(...rows);
  const down = Object.entries(status.services).filter(([, s]) => s.state === "down").map(([name]) => name);
  $("summary").textContent = down.length ? `Down: ${down.join(", ")}` : `All services answer (${status.status}).`;
  $("summary").className = down.length ? "down" : status.status;
}

async function poll() {
  try {
    const response = await fetch("/status");
    const body = await response.json();
    if (!response.ok) throw new Error(body.error.message);
    show(body);
  } catch (error) {
    $("summary").textContent = `No status: ${error.message}`;
    $("summary").className = "down";
  }
  setTimeout(poll, POLL_MS);
}

function say(text, kind) {
  const item = document.createElement("li");
  item.textContent = text;
  item.className = kind;
  $("turns").append(item);
  item.scrollIntoView({ block: "nearest" });
  return item;
}

async function take(text) {
  say(text, "caller");
  const response = await fetch("/process", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text, session_id: session }),
  });
  const turn = await response.json();
  if (!response.ok) return say(turn.error.message, "error");
  session = turn.session_id;
  const item = say(turn.reply, "assistant");
  if (turn.audio_url) {
    const audio = document.createElement("audio");
    audio.controls = true;
    audio.src = turn.audio_url;
    item.append(document.createElement("br"), audio);
  }
  const pairs = Object.entries(turn.lead.fields).flatMap(([name, value]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  });
  $("lead").replaceChildren(...pairs);
}

$("talk").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  try {
    await take(text);
  } catch (error) {
    say(`No answer: ${error.message}`, "error");
  }
});

$("again").addEventListener("click", () => {
  session = null;
  $("turns").replaceChildren();
  $("lead").replaceChildren();
});

poll();
