"use strict";
// The report's own script: a classic one, since pages opened from a disk may load no modules.
(() => {
  const root = document.body.dataset.root, page = document.body.dataset.page;
  const report = window.REPORT || { weeks: [], months: [], years: [], newest: "", listening: false };

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // --- From week to week -------------------------------------------------------------------------
  const file = (key) => `${root}${key.includes("W") ? "weeks" : key.length > 4 ? "months" : "years"}/${key}.html`;
  const listOf = (keys, label) => element("ul", {}, ...keys.map((key) => {
    const link = element("a", { href: file(key) }, label(key));
    link.setAttribute("aria-label", label(key, true));
    if (key === page) link.setAttribute("aria-current", "page");
    return element("li", {}, link);
  }));
  const monthName = (key) => new Date(`${key}-15T12:00:00Z`).toLocaleDateString("en", { month: "short", timeZone: "UTC" });
  const labels = (key, whole) => {
    if (key.includes("W")) return whole ? `Week ${Number(key.slice(6))} of ${key.slice(0, 4)}` : `${Number(key.slice(6))}`;
    if (key.length > 4) return whole ? `${monthName(key)} ${key.slice(0, 4)}` : monthName(key);
    return key;
  };

  const picker = () => {
    const inside = element("div");
    for (const year of [...report.years].reverse()) {
      inside.append(element("h3", {}, element("a", { href: file(year) }, `${year} in review`)));
      inside.append(listOf(report.months.filter((key) => key.startsWith(`${year}-`)), labels));
      inside.append(listOf(report.weeks.filter((key) => key.startsWith(`${year}-`)), labels));
    }
    const made = element("details", { class: "picker" }, element("summary", {}, "All weeks"), inside);
    made.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && made.open) { made.open = false; made.querySelector("summary").focus(); }
    });
    document.addEventListener("click", (event) => { if (!made.contains(event.target)) made.open = false; });
    return made;
  };

  const steps = document.getElementById("steps");
  const kin = [report.weeks, report.months, report.years].find((keys) => keys.includes(page));
  if (kin) {
    const at = kin.indexOf(page), what = page.includes("W") ? "week" : page.length > 4 ? "month" : "year";
    for (const [key, text, rel] of [[kin[at - 1], "← Previous", "prev"], [kin[at + 1], "Next →", "next"]]) {
      steps.append(key
        ? element("a", { href: file(key), rel, "aria-label": `${rel === "prev" ? "Previous" : "Next"} ${what}, ${labels(key, true)}` }, text)
        : element("span", { "aria-hidden": "true" }, text));
    }
  }
  if (report.listening) steps.append(element("a", { href: `${root}listening.html`, ...(page === "listening" ? { "aria-current": "page" } : {}) }, "Listening"));
  if (report.weeks.length) steps.append(picker());

  // --- Tables: sort, filter, search --------------------------------------------------------------
  const text = (cell) => cell.textContent.trim();
  const value = (cell) => ("v" in cell.dataset ? (cell.dataset.v === "" ? null : Number(cell.dataset.v)) : text(cell).toLocaleLowerCase());
  const compare = (one, other) => {
    if (one === null || other === null) return (one === null) - (other === null);
    return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
  };

  const sortable = (table, say) => {
    const headings = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    headings.forEach((heading, column) => {
      const button = element("button", { type: "button" }, ...heading.childNodes);
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const numbers = "v" in (body.rows[0]?.cells[column]?.dataset || {}) && !heading.classList.contains("rank");
        const now = heading.getAttribute("aria-sort");
        const falling = now ? now === "ascending" : numbers;
        headings.forEach((each) => each.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
        rows.sort(([one], [other]) => (one === null || other === null || !falling ? compare(one, other) : compare(other, one)));
        body.append(...rows.map(([, row]) => row));
        say(`Sorted by ${text(button)}, ${falling ? "falling" : "rising"}.`);
      });
    });
  };

  // Who looks for Zoë types "zoe".
  const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

  const tools = (table, say) => {
    const rows = [...table.tBodies[0].rows];
    const search = element("input", { type: "search", autocomplete: "off" });
    const bar = element("div", { class: "tools", role: "search", "aria-label": `Search in ${table.dataset.name}` }, element("label", {}, "Search", search));
    const kinds = [...new Set(rows.map((row) => row.dataset.filter).filter(Boolean))];
    const choice = element("select", {}, element("option", { value: "" }, "all"), ...kinds.map((kind) => element("option", { value: kind }, kind)));
    if (table.dataset.filter && kinds.length > 1) bar.append(element("label", {}, table.dataset.filter, choice));
    const words = rows.map((row) => plain(text(row)));
    const show = () => {
      const wanted = plain(search.value.trim());
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !words[at].includes(wanted) || Boolean(choice.value && row.dataset.filter !== choice.value);
        shown += !row.hidden;
      });
      // Without rows, the headings would jump to the width of their words.
      table.hidden = !shown;
      say(!shown ? `None of ${rows.length} rows has this.` : shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`);
    };
    search.addEventListener("input", show);
    choice.addEventListener("change", show);
    table.before(bar);
    return bar;
  };

  for (const table of document.querySelectorAll("table.sorted")) {
    if (!table.tBodies[0].querySelector("[data-v]")) continue;
    const label = document.getElementById(table.getAttribute("aria-labelledby"));
    table.dataset.name = label ? text(label) : "the table";
    const status = element("p", { role: "status" });
    const say = (said) => { status.textContent = said; };
    sortable(table, say);
    if (table.classList.contains("bare")) { status.className = "hidden"; table.after(status); continue; }
    tools(table, say).append(status);
    say(`${table.tBodies[0].rows.length} rows`);
  }

  // --- Covers: a drawn one stays where the picture cannot be had ---------------------------------
  for (const image of [...document.images]) {
    const drop = () => image.remove();
    image.addEventListener("error", drop);
    if (image.complete && !image.naturalWidth) drop();
  }

  // --- Charts -------------------------------------------------------------------------------------
  const font = getComputedStyle(document.body).fontFamily;
  const config = {
    background: "transparent", font, aria: false, view: { stroke: null },
    axis: { labelColor: "var(--soft)", titleColor: "var(--soft)", domainColor: "var(--rule)", tickColor: "var(--rule)", gridColor: "var(--rule)", labelFontSize: 12, labelPadding: 6, ticks: false },
    axisX: { grid: false }, axisY: { domain: false },
  };
  const options = { ast: true, renderer: "svg", actions: false, defaultStyle: false, config, tooltip: { disableDefaultStyle: true } };
  const draw = (plot) => {
    const spec = JSON.parse(plot.parentElement.querySelector("script").textContent);
    return window.vegaEmbed(plot, { autosize: { type: "fit", contains: "padding" }, ...spec }, options)
      .then(() => {
        // The figure's own words say it better than hundreds of marks do.
        for (const each of plot.querySelectorAll("svg, svg *")) {
          for (const name of ["role", "aria-label", "aria-roledescription", "aria-hidden"]) each.removeAttribute(name);
        }
        plot.querySelector("svg").setAttribute("aria-hidden", "true");
      })
      .catch((error) => { plot.textContent = `This chart cannot be drawn: ${error.message}`; });
  };
  if (window.vegaEmbed) Promise.all([...document.querySelectorAll(".plot")].map(draw)).then(() => document.body.setAttribute("data-drawn", ""));
})();
