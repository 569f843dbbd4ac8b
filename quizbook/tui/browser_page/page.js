// Between textual-serve's terminal and a person: where the socket is, fonts, links, downloads, and why it ended.
"use strict";

const place = location.pathname;
const look = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
const terminal = document.getElementById("terminal");
const why = document.getElementById("why");
const again = document.getElementById("again");

terminal.dataset.sessionWebsocketUrl = `ws://${location.host}${place}ws/${look}`;
again.addEventListener("click", () => location.reload());

// The terminal measures its letters once, when it opens: the fonts have to be there by then.
const openTerminal = window.onload;
window.onload = async (event) => {
  const faces = ["", "bold ", "italic ", "italic bold "];
  await Promise.allSettled(faces.map((face) => document.fonts.load(`${face}16px "Roboto Mono"`)));
  openTerminal(event);
  document.querySelector(".xterm-helper-textarea")?.focus();
};

window.WebSocket = class extends WebSocket {
  constructor(...address) {
    super(...address);
    this.addEventListener("message", ({ data }) => {
      const [type, text] = typeof data === "string" ? JSON.parse(data) : [];
      if (type === "ended") why.textContent = text;
    });
    this.addEventListener("close", () => {
      why.textContent ||= "The connection to `quizbook serve` is gone. Is it still running?";
      setTimeout(() => again.focus());
    });
  }
  send(data) {
    if (this.readyState === WebSocket.OPEN) super.send(data);
  }
};

// Downloads lie behind the same door as everything else; a link of the app opens in a tab that knows nothing of this one.
const openWindow = window.open.bind(window);
window.open = (address, target) => {
  if (!address) return openWindow();
  const asked = new URL(address, location.href);
  if (asked.origin === location.origin && asked.pathname.startsWith("/download/")) {
    const link = document.createElement("a");
    link.href = place + asked.pathname.slice(1);
    link.download = "";
    link.click();
    return null;
  }
  const known = ["http:", "https:", "mailto:"].includes(asked.protocol);
  return known ? openWindow(asked.href, "_blank", "noopener,noreferrer") : null;
};
