// The chart of the chosen call: zoom, cursor, keys, links; and the charts of a print.
var chart = null;
function limitsOf() {
  var o = {}, m = one("#data");
  ["loss", "lossWatch", "jitter", "jitterWatch", "rtt"].forEach(function (k) {
    var v = m.getAttribute("data-" + k.toLowerCase());
    if (v) o[k] = { v: +v, u: k.indexOf("loss") === 0 ? " %" : " ms" };
  });
  return o;
}
function Chart(box) {
  var self = this;
  this.box = box;
  this.limits = limitsOf();
  this.pick = one("#chart-call");
  calls.forEach(function (c, i) {
    var o = el("option", "", (i + 1) + ". " + c.title + ", " + clock(c.t0 + c.call[0]));
    o.value = c.id;
    self.pick.appendChild(o);
  });
  this.pick.addEventListener("change", function () { self.choose(self.pick.value); writeHash("call-" + self.pick.value); });
  all("[data-zoom]").forEach(function (b) { b.addEventListener("click", function () { self.zoom(b.getAttribute("data-zoom")); }); });
  box.addEventListener("keydown", function (e) { self.key(e); });
  box.addEventListener("pointermove", function (e) { self.move(e); });
  box.addEventListener("pointerdown", function (e) { self.grab = self.time(e); });
  addEventListener("pointerup", function (e) { self.drop(e); });
  if (window.ResizeObserver) new ResizeObserver(function () { self.later(); }).observe(box);
  else addEventListener("resize", function () { self.later(); });
}
Chart.prototype.later = function () {
  var self = this, w = Math.floor(this.box.clientWidth);
  if (w === this.width) return;
  cancelAnimationFrame(this.frame);
  this.frame = requestAnimationFrame(function () { self.draw(); });
};
Chart.prototype.choose = function (id) {
  var c = calls.filter(function (x) { return x.id === id; })[0];
  if (!c) return false;
  this.call = c;
  this.view = [0, c.len];
  this.at = null;
  this.pick.value = id;
  one("#chart-title").textContent = c.title;
  var left = Object.keys(c.left || {}).map(function (k) { return c.left[k] + " " + k; }), note = one("#chart-left");
  note.hidden = !left.length;
  note.textContent = left.length ? "Left out of this chart, after the first 400 of a kind: " + left.join(", ") + "." : "";
  if (tables.calltable) tables.calltable.rows.forEach(function (r) { r.classList.toggle("chosen", r.id === "call-" + id); });
  this.draw();
  return true;
};
Chart.prototype.draw = function () {
  if (!this.call) return;
  this.width = Math.floor(this.box.clientWidth);
  if (this.width < 80) return;
  this.drawing = new Drawing(this.call, this.width, this.view, this.limits);
  var pen = this.drawing.pen;
  this.brush = pen.add("rect", { x: 0, y: this.drawing.top, width: 0, height: this.drawing.y - this.drawing.top, "class": "brush" });
  this.line = pen.add("path", { d: "", "class": "cursor" });
  this.box.textContent = "";
  this.box.appendChild(this.drawing.svg);
  this.read(this.at);
};
Chart.prototype.zoom = function (how) {
  var mid = this.at !== null ? this.at : (this.view[0] + this.view[1]) / 2, half = (this.view[1] - this.view[0]) / 2;
  if (how === "all") this.view = [0, this.call.len];
  else this.span(mid - half * (how === "in" ? 0.5 : 2), mid + half * (how === "in" ? 0.5 : 2));
  this.draw();
};
Chart.prototype.span = function (a, b) {
  var len = this.call.len, wide = Math.min(Math.max(b - a, 2000), len);
  a = Math.min(Math.max(a, 0), Math.max(len - wide, 0));
  this.view = [a, Math.max(a + wide, a + 1)];
};
Chart.prototype.time = function (e) {
  var d = this.drawing, x = e.clientX - this.box.getBoundingClientRect().left;
  if (!d) return 0;
  var t = this.view[0] + (x - d.left) / (d.w - d.left - d.right) * (this.view[1] - this.view[0]);
  return Math.min(Math.max(t, this.view[0]), this.view[1]);
};
Chart.prototype.move = function (e) {
  if (!this.drawing) return;
  var t = this.time(e);
  if (this.grab !== undefined) {
    var a = this.drawing.x(Math.min(this.grab, t)), b = this.drawing.x(Math.max(this.grab, t));
    this.brush.setAttribute("x", a);
    this.brush.setAttribute("width", b - a);
  }
  this.read(t);
};
Chart.prototype.drop = function (e) {
  if (this.grab === undefined) return;
  var a = Math.min(this.grab, this.time(e)), b = Math.max(this.grab, this.time(e)), d = this.drawing;
  this.grab = undefined;
  this.brush.setAttribute("width", 0);
  if (d && d.x(b) - d.x(a) > 8) { this.span(a, b); this.draw(); }
};
Chart.prototype.key = function (e) {
  var c = this.call, at = this.at === null ? this.view[0] : this.at, self = this, step = e.shiftKey ? 10000 : 1000;
  if (!c || e.altKey || e.ctrlKey || e.metaKey) return;
  function go(t) { self.show(Math.min(Math.max(t, 0), c.len)); }
  function flag(way) {
    var list = (c.flags || []).map(function (f) { return f.t; }).sort(function (a, b) { return a - b; });
    list = list.filter(function (t) { return way > 0 ? t > at : t < at; });
    if (list.length) go(way > 0 ? list[0] : list[list.length - 1]);
  }
  switch (e.key) {
    case "ArrowLeft": go(at - step); break;
    case "ArrowRight": go(at + step); break;
    case "Home": go(0); break;
    case "End": go(c.len); break;
    case "+": case "=": this.zoom("in"); break;
    case "-": this.zoom("out"); break;
    case "0": this.zoom("all"); break;
    case "n": flag(1); break;
    case "p": flag(-1); break;
    default: return;
  }
  e.preventDefault();
};
// show puts the cursor at a time, and moves the view where it is not in it.
Chart.prototype.show = function (t) {
  if (t < this.view[0] || t > this.view[1]) {
    var half = (this.view[1] - this.view[0]) / 2;
    this.span(t - half, t + half);
    this.draw();
  }
  this.read(t);
};
function at(list, t) { return (list || []).filter(function (s) { return s.a <= t && s.b >= t; }); }
function value(v, div, unit) { return v === UNKNOWN ? "–" : v / div + unit; }
// read says what is known of the second.
Chart.prototype.read = function (t) {
  var c = this.call, out = one("#readout"), d = this.drawing;
  this.at = t === undefined ? null : t;
  if (this.at === null) { out.textContent = "Point at the chart, or use the arrow keys, to read a second."; this.line.setAttribute("d", ""); return; }
  this.line.setAttribute("d", "M" + round1(d.x(t)) + " " + d.top + "V" + d.y);
  var parts = [clock(c.t0 + t, 1) + " " + zoneName()], s = c.steps;
  var media = at(c.media, t).map(function (m) { return (m.up ? "↑ " : "↓ ") + m.n; });
  parts.push(media.length ? media.join(", ") : "no media");
  if (s) {
    var i = Math.floor((t - s.t) / 1000 / s.s);
    if (i >= 0 && i < s.k) {
      parts.push("loss ↑ " + value(s.up.l[i], 10, " %") + ", ↓ " + value(s.dn.l[i], 10, " %"));
      if (s.cl) parts.push("lost client–here " + value(s.cl[i], 10, " %") + ", here–cloud " + value(s.cd[i], 10, " %"));
      parts.push("jitter ↑ " + value(s.up.j[i], 10, " ms") + ", ↓ " + value(s.dn.j[i], 10, " ms"));
      parts.push("rate ↑ " + value(s.up.r[i], 1, " kbit/s") + ", ↓ " + value(s.dn.r[i], 1, " kbit/s"));
      if ((s.up.f[i] | s.dn.f[i]) & 1) parts.push("the capture lacks packets");
    }
  }
  var sig = at(c.sig, t);
  if (sig.length) parts.push("signalling: " + sig.slice(0, 4).map(function (x) { return x.n; }).join(", ") + (sig.length > 4 ? " and " + (sig.length - 4) + " more" : ""));
  (c.tests || []).forEach(function (r) {
    var n = r.m.filter(function (m) { return Math.abs(m.t - t) <= 500; });
    if (n.length) parts.push(r.n + ": " + n.length + (n.length === 1 ? " test, " : " tests, ") + n.filter(function (m) { return m.s === "ok"; }).length + " answered");
  });
  out.textContent = parts.join(" · ");
};

// A link chooses a call, opens a rule, brings a row onto its page.
function follow() {
  var h = readHash(), id = h.at;
  if (h.client) setClient(h.client);
  if (h.theme) setTheme(h.theme);
  var m = /^call-(.+)$/.exec(id), row;
  if (m && tables.calltable) {
    row = tables.calltable.reveal(id);
    if (row && chart && chart.choose(m[1])) {
      if (h.t) chart.show(Math.min(Math.max(h.t * 1000, 0), chart.call.len));
      one("#timeline").scrollIntoView();
      return;
    }
    var note = one("#filtered");
    note.hidden = false;
    note.textContent = "The call of this link is not on this page.";
    one("#calls").scrollIntoView();
    return;
  }
  if (/^r-/.test(id) && tables.ruletable) row = tables.ruletable.reveal(id);
  var to = id && document.getElementById(id);
  if (!to) return;
  for (var p = to; p; p = p.parentElement) if (p.tagName === "DETAILS") p.open = true;
  var more = /^r-/.test(id) && one("details", to);
  if (more) more.open = true;
  to.scrollIntoView();
}
if (calls.length && one("#chart")) {
  chart = new Chart(one("#chart"));
  chart.choose(calls[0].id);
}
addEventListener("hashchange", follow);
document.addEventListener("click", function (e) {
  var a = e.target.closest && e.target.closest("a[href^='#']");
  if (a && a.getAttribute("href") === location.hash) { e.preventDefault(); follow(); }
});
if (location.hash) follow();

// A print has the chart of the chosen call and of those that a cause concerns, twelve at most.
addEventListener("beforeprint", function () {
  var box = one("#printcharts");
  if (!box || !chart) return;
  var list = calls.filter(function (c) { return c === chart.call || (c.flags || []).length; }).slice(0, 12);
  box.textContent = "";
  list.forEach(function (c) {
    var f = el("figure", "printed"), d = new Drawing(c, 680, [0, c.len], chart.limits);
    d.svg.setAttribute("width", "100%");
    d.svg.removeAttribute("height");
    f.appendChild(el("h3", "", c.title));
    f.appendChild(d.svg);
    box.appendChild(f);
  });
});
addEventListener("afterprint", function () { var box = one("#printcharts"); if (box) box.textContent = ""; });
