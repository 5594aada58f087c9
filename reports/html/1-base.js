// Small helpers. Texts enter the page by textContent alone.
var root = document.documentElement;
var NS = "http://www.w3.org/2000/svg";
function one(sel, from) { return (from || document).querySelector(sel); }
function all(sel, from) { return Array.prototype.slice.call((from || document).querySelectorAll(sel)); }
function el(name, cls, text) {
  var e = document.createElement(name);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}
function store(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch (e) { return null; }
}
function pad(n, k) { n = String(n); while (n.length < k) n = "0" + n; return n; }

// The state that a link carries: #anchor&t=12&client=10.1.2.3&theme=dark
function readHash() {
  var parts = location.hash.slice(1).split("&"), o = { at: "" };
  parts.forEach(function (p, i) {
    var eq = p.indexOf("=");
    try {
      if (eq < 0) { if (i === 0) o.at = decodeURIComponent(p); } else o[p.slice(0, eq)] = decodeURIComponent(p.slice(eq + 1));
    } catch (e) { return; }
  });
  return o;
}
function writeHash(at, extra) {
  var text = "#" + encodeURIComponent(at);
  Object.keys(extra || {}).forEach(function (k) { text += "&" + k + "=" + encodeURIComponent(extra[k]); });
  try { history.replaceState(null, "", text); } catch (e) { return; }
}

all("[data-script]").forEach(function (e) { e.hidden = false; });

// Theme: auto follows the system.
var theme = one("#theme");
function setTheme(v) {
  if (["auto", "light", "dark"].indexOf(v) < 0) v = "auto";
  if (v === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", v);
  theme.value = v;
}
setTheme(readHash().theme || store("webexaudit-theme") || "auto");
theme.addEventListener("change", function () { setTheme(theme.value); store("webexaudit-theme", theme.value); });

// Time zone: the page holds UTC; the reader may want his own.
var zone = one("#zone");
var MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function clock(ms, digits) {
  var d = new Date(ms), utc = zone.value === "utc";
  var t = pad(utc ? d.getUTCHours() : d.getHours(), 2) + ":" + pad(utc ? d.getUTCMinutes() : d.getMinutes(), 2) + ":" +
    pad(utc ? d.getUTCSeconds() : d.getSeconds(), 2);
  return digits ? t + "." + pad(d.getUTCMilliseconds(), 3).slice(0, digits) : t;
}
function day(ms) {
  var d = new Date(ms), utc = zone.value === "utc";
  return (utc ? d.getUTCDate() : d.getDate()) + " " + MONTHS[utc ? d.getUTCMonth() : d.getMonth()] + " " +
    (utc ? d.getUTCFullYear() : d.getFullYear());
}
function zoneName() {
  if (zone.value === "utc") return "UTC";
  try { return Intl.DateTimeFormat().resolvedOptions().timeZone || "local time"; } catch (e) { return "local time"; }
}
function rewriteTimes(from) {
  all("time[data-f]", from).forEach(function (t) {
    var ms = Date.parse(t.getAttribute("datetime")), f = t.getAttribute("data-f");
    t.textContent = f === "clock" ? clock(ms) : f === "day" ? day(ms) : day(ms) + ", " + clock(ms);
  });
  all(".zone").forEach(function (z) { z.textContent = zoneName(); });
}

// Copy: the clipboard, else a selection, which stays where both fail.
all("[data-copy]").forEach(function (b) {
  b.addEventListener("click", function () {
    var pre = document.getElementById(b.getAttribute("data-copy"));
    function said(word) { b.textContent = word; setTimeout(function () { b.textContent = "Copy"; }, 2000); }
    function select() {
      var range = document.createRange(), s = getSelection(), ok = false;
      range.selectNodeContents(pre);
      s.removeAllRanges();
      s.addRange(range);
      try { ok = document.execCommand("copy"); } catch (e) { ok = false; }
      said(ok ? "Copied" : "Selected");
    }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(pre.textContent).then(function () { said("Copied"); }, select);
    } else select();
  });
});

// What is folded opens for printing and closes again.
var opened = [];
addEventListener("beforeprint", function () {
  opened = all("details:not([open])");
  opened.forEach(function (d) { d.open = true; });
});
addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); opened = []; });
