"use strict";

const SOURCE = "master.m3u8";
const video = document.querySelector("video");
const table = document.querySelector("table");

function tell(text) {
  document.getElementById("told").textContent = text;
}

/** Offers names, numbered from `first`, where there is a choice; `choose` is told the number. */
function offer(id, names, first, choose) {
  const select = document.getElementById(id);
  select.replaceChildren(...names.map((name, index) => new Option(name, first + index)));
  select.onchange = () => choose(Number(select.value));
  select.parentElement.hidden = names.length < 2;
}

function size({ width, height }) {
  return `${width}×${height}`;
}

function kilobits(bits) {
  return Math.round(bits / 1000).toLocaleString("en");
}

function list(levels) {
  const body = table.tBodies[0];
  for (const level of levels) {
    const row = body.insertRow();
    const { frameRate, averageBitrate, bitrate, codecs } = level;
    for (const text of [size(level), frameRate, kilobits(averageBitrate), kilobits(bitrate), codecs]) {
      row.insertCell().textContent = text;
    }
  }
  table.hidden = false;
}

function play() {
  const { Events } = Hls;
  const hls = new Hls({ capLevelToPlayerSize: true });
  const named = (tracks) => tracks.map(({ name }) => name);
  hls.on(Events.ERROR, (_, { fatal, details }) => { if (fatal) tell(`Cannot play: ${details}.`); });
  hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
    list(levels);
    offer("quality", ["Automatic", ...levels.map(size)], -1, (number) => { hls.currentLevel = number; });
  });
  hls.on(Events.AUDIO_TRACKS_UPDATED, (_, { audioTracks }) => {
    offer("sound", named(audioTracks), 0, (number) => { hls.audioTrack = number; });
  });
  hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_, { subtitleTracks }) => {
    offer("subtitles", ["Off", ...named(subtitleTracks)], -1, (number) => { hls.subtitleTrack = number; });
  });
  hls.on(Events.AUDIO_TRACK_SWITCHED, (_, { id }) => { document.getElementById("sound").value = id; });
  hls.on(Events.SUBTITLE_TRACK_SWITCH, (_, { id }) => { document.getElementById("subtitles").value = id; });
  hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
    tell(`Shows ${size(hls.levels[level])}.`);
    for (const row of table.tBodies[0].rows) row.removeAttribute("aria-current");
    table.tBodies[0].rows[level].setAttribute("aria-current", "true");
  });
  hls.loadSource(SOURCE);
  hls.attachMedia(video);
}

if (window.Hls?.isSupported()) {
  play();
} else if (video.canPlayType("application/vnd.apple.mpegurl")) {
  video.src = SOURCE;
} else {
  tell("This browser cannot play HLS.");
}
