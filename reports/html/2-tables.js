// Tables: sort, filter and pages. Rows are those of the body and those that wait in its templates.
var tables = {};
function Table(t) {
  this.table = t;
  this.body = t.tBodies[0];
  this.page = 0;
  this.size = +t.getAttribute("data-page") || 100;
  this.states = {};
  this.word = "";
  this.client = "";
  var rows = Array.prototype.slice.call(this.body.rows);
  all("template", this.body).forEach(function (w) {
    rows = rows.concat(Array.prototype.slice.call(w.content.children));
    w.remove();
  });
  rows.forEach(function (r, i) { r.order = i; });
  this.rows = rows;
  this.view = rows;
  var self = this;
  all("thead button[data-sort]", t).forEach(function (b) {
    b.addEventListener("click", function () { self.sort(b.closest("th"), b.getAttribute("data-sort")); });
  });
  all("[data-chips=" + t.id + "] button").forEach(function (b) {
    b.addEventListener("click", function () {
      var on = b.getAttribute("aria-pressed") !== "true";
      b.setAttribute("aria-pressed", String(on));
      if (on) self.states[b.getAttribute("data-state")] = true; else delete self.states[b.getAttribute("data-state")];
      self.filter();
    });
  });
  var find = one("[data-find=" + t.id + "]");
  if (find) {
    find.addEventListener("input", function () { self.word = find.value.toLowerCase(); self.filter(); });
    find.addEventListener("keydown", function (e) {
      if (e.key === "Escape") { find.value = ""; self.word = ""; self.filter(); }
    });
  }
  tables[t.id] = this;
  if (rows.length > this.size) this.filter();
}
// keyOf is what a row is sorted by: null where it is not known.
function keyOf(row, i, kind) {
  var c = row.cells[i];
  if (!c) return null;
  var v = c.getAttribute("data-v");
  if (v === null && kind === "text") v = c.textContent.trim().toLowerCase();
  if (v === null || v === "" || v === "–") return null;
  return kind === "num" ? +v : v.toLowerCase();
}
Table.prototype.sort = function (th, kind) {
  var i = th.cellIndex, dir = th.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  all("th[aria-sort]", this.table).forEach(function (h) { h.removeAttribute("aria-sort"); });
  th.setAttribute("aria-sort", dir);
  var sign = dir === "ascending" ? 1 : -1;
  var keyed = this.rows.map(function (r) { return { r: r, k: keyOf(r, i, kind) }; });
  keyed.sort(function (a, b) {
    if (a.k === null || b.k === null) return (a.k === null) - (b.k === null) || a.r.order - b.r.order;
    return (a.k < b.k ? -sign : a.k > b.k ? sign : 0) || a.r.order - b.r.order;
  });
  this.rows = keyed.map(function (x) { return x.r; });
  this.filter();
};
Table.prototype.filter = function () {
  var self = this, some = Object.keys(this.states).length > 0;
  this.view = this.rows.filter(function (r) {
    if (some && !self.states[r.getAttribute("data-state")]) return false;
    if (self.client && r.hasAttribute("data-client") && r.getAttribute("data-client") !== self.client) return false;
    if (!self.word) return true;
    if (r.words === undefined) r.words = r.textContent.toLowerCase();
    return r.words.indexOf(self.word) >= 0;
  });
  this.page = 0;
  this.show();
};
Table.prototype.show = function () {
  var from = this.page * this.size, part = this.view.slice(from, from + this.size), f = document.createDocumentFragment();
  part.forEach(function (r) { rewriteTimes(r); f.appendChild(r); });
  this.body.textContent = "";
  this.body.appendChild(f);
  var status = one("[data-status=" + this.table.id + "]"), noun = { calltable: "call", ruletable: "rule" }[this.table.id] || "row";
  if (status) {
    status.textContent = part.length + " of " + this.rows.length + " " + noun + (this.rows.length === 1 ? "" : "s") + " shown" +
      (this.view.length > part.length ? ", " + (from + 1) + " to " + (from + part.length) + " of " + this.view.length + " that fit." : ".");
  }
  this.pager();
};
Table.prototype.pager = function () {
  var box = one("[data-pager=" + this.table.id + "]"), pages = Math.ceil(this.view.length / this.size), self = this;
  if (!box) return;
  box.textContent = "";
  if (pages < 2) return;
  [["Previous", -1, this.page === 0], ["Next", 1, this.page >= pages - 1]].forEach(function (p) {
    var b = el("button", "", p[0]);
    b.type = "button";
    b.disabled = p[2];
    b.addEventListener("click", function () { self.page += p[1]; self.show(); self.table.scrollIntoView(); });
    box.appendChild(b);
    box.appendChild(document.createTextNode(" "));
  });
};
// reveal brings a row onto the page that is shown; false where there is no such row.
Table.prototype.reveal = function (id) {
  var row = this.rows.filter(function (r) { return r.id === id; })[0];
  if (!row) return null;
  if (this.view.indexOf(row) < 0) {
    this.states = {};
    this.word = this.client = "";
    all("[data-chips=" + this.table.id + "] button").forEach(function (b) { b.setAttribute("aria-pressed", "false"); });
    this.filter();
  }
  var page = Math.floor(this.view.indexOf(row) / this.size);
  if (page !== this.page || !row.isConnected) { this.page = page; this.show(); }
  return row;
};
all("table[data-table]").forEach(function (t) { new Table(t); });

// The client filter: calls and causes. The verdicts stay, and the page says so.
var client = one("#client");
function setClient(v) {
  if (!client) return;
  client.value = v;
  if (client.selectedIndex < 0) client.value = v = "";
  if (tables.calltable) { tables.calltable.client = v; tables.calltable.filter(); }
  var hidden = 0, cards = all(".cause[data-clients]");
  cards.forEach(function (c) {
    var list = c.getAttribute("data-clients").split(" ");
    c.hidden = v !== "" && list[0] !== "" && list.indexOf(v) < 0;
    if (c.hidden) hidden++;
  });
  var note = one("#filtered");
  note.hidden = v === "";
  note.textContent = v === "" ? "" : "Calls and causes of " + v + " only: " + (cards.length - hidden) + " of " + cards.length +
    " cards shown. The verdicts and the other sections speak of all clients.";
}
if (client) client.addEventListener("change", function () { setClient(client.value); });
zone.addEventListener("change", function () { rewriteTimes(); if (chart) chart.draw(); });
