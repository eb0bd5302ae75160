// A juror's comforts: keys, the width of the evidence, the way from a criterion to its evidence, printing.
// Nothing here is needed to read or to submit.
(() => {
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* only for this page */ } };
  const recall = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

  // The line between evidence and rubric: dragged, or moved by arrow keys; its place is kept on this device.
  const divider = document.getElementById("divider");
  const desk = document.querySelector(".desk");
  if (divider && desk) {
    const low = Number(divider.ariaValueMin), high = Number(divider.ariaValueMax), usual = divider.ariaValueNow;
    const put = (share) => {
      const whole = Math.round(Math.min(high, Math.max(low, Number(share) || Number(usual))));
      desk.style.setProperty("--evidence", `${whole}%`);
      divider.ariaValueNow = String(whole);
      return whole;
    };
    const move = (share) => remember("laurea-desk:evidence", put(share));
    const rightToLeft = getComputedStyle(desk).direction === "rtl";
    divider.hidden = false;
    put(recall("laurea-desk:evidence"));
    divider.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      divider.setPointerCapture(event.pointerId);
      divider.focus();
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const box = desk.getBoundingClientRect();
      const share = 100 * (event.clientX - box.left) / box.width;
      move(rightToLeft ? 100 - share : share);
    });
    divider.addEventListener("dblclick", () => move(usual));
    divider.addEventListener("keydown", (event) => {
      const now = Number(divider.ariaValueNow);
      const step = rightToLeft ? -2 : 2;
      const to = { ArrowLeft: now - step, ArrowRight: now + step, Home: low, End: high }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      move(to);
    });
  }

  // From a criterion to the facts it is judged by.
  const point = (link) => {
    document.querySelectorAll(".pointed").forEach((one) => one.classList.remove("pointed"));
    const facts = link.dataset.facts.split(" ").map((name) => document.getElementById(`fact-${name}`)).filter(Boolean);
    if (!facts.length) return;
    const tab = document.getElementById("tab-evidence");
    if (tab) tab.checked = true; // matters on a phone, where only one pane is shown
    facts.forEach((one) => one.classList.add("pointed"));
    facts[0].scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };

  const overlay = () => {
    const keys = document.getElementById("keys");
    if (keys.open) keys.close(); else keys.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.show-evidence");
    if (link) {
      event.preventDefault();
      point(link);
      return;
    }
    const what = event.target.closest?.("[data-do]")?.dataset.do;
    if (what === "keys") overlay();
    if (what === "print") print();
  });
  document.querySelectorAll("[data-do=keys], [data-do=print]").forEach((button) => { button.hidden = false; });

  // Where work goes on: at the first mark that is missing or wrong, or in the row that was gone on to.
  const wrong = document.querySelector("[aria-invalid=true], .criterion:has(> .problem:not([hidden])) input");
  if (wrong) wrong.focus();
  else if (location.hash.startsWith("#row-")) {
    const row = document.getElementById(location.hash.slice(1));
    // After the page is loaded: going to the fragment takes the focus away.
    window.addEventListener("load", () => row?.querySelector("select, input:not([type=hidden])")?.focus());
  }

  // Keys. They can be switched off, and never act on what is being typed.
  const keys = document.getElementById("keys");
  if (!keys) return;
  const switched = document.getElementById("keys-on");
  switched.checked = recall("laurea-desk:keys") !== "off";
  switched.addEventListener("change", () => remember("laurea-desk:keys", switched.checked ? "on" : "off"));

  const controls = "input:not([type=hidden]):not(:disabled), select:not(:disabled)";
  const stops = () => {
    const criteria = [...document.querySelectorAll(".criterion")];
    if (criteria.length) return criteria;
    return [...document.querySelectorAll("table.bench tbody tr, table.queue tbody tr")];
  };
  const enter = (stop) => {
    const field = stop.querySelector("input:checked") || stop.querySelector(controls) || stop.querySelector("a[data-next]");
    stop.scrollIntoView({ block: "nearest" });
    field?.focus();
  };
  document.addEventListener("focusin", (event) => {
    const stop = event.target.closest?.(".criterion, table.bench tbody tr, table.queue tbody tr");
    if (stop) stops().forEach((one) => one.classList.toggle("here", one === stop));
  });
  const here = () => {
    const found = stops();
    const at = found.findIndex((one) => one.contains(document.activeElement));
    return at >= 0 ? at : found.findIndex((one) => one.classList.contains("here"));
  };
  let typed = "", typedAt = null, since = 0; // the digit before, for points of two digits
  const points = (digit, now) => {
    const at = stops()[Math.max(0, here())];
    if (!at?.classList.contains("criterion")) return false;
    const radios = [...at.querySelectorAll("input[type=radio]:not(:disabled)")];
    const both = at === typedAt && now - since < 1200 ? typed + digit : digit;
    const radio = radios.find((one) => one.value === both) || radios.find((one) => one.value === digit);
    if (!radio) return false;
    [typed, typedAt, since] = [radio.value, at, now];
    radio.focus();
    if (!radio.checked) radio.click();
    return true;
  };
  const comment = () => {
    const rows = stops();
    const at = rows[Math.max(0, here())];
    return at?.querySelector("textarea") || document.querySelector("textarea[name=comment]");
  };
  // Where letters are words: never there. A field for points takes digits only, so letters are free in it.
  const typing = (target, key) => {
    if (target.isContentEditable || target.tagName === "TEXTAREA") return true;
    if (target.tagName === "SELECT") return !["j", "k", "c", "?"].includes(key);
    if (target.tagName !== "INPUT" || ["radio", "checkbox"].includes(target.type)) return false;
    return target.inputMode !== "decimal" || !["j", "k", "c", "e", "?"].includes(key);
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { key, target } = event;
    if (key === "Escape" && target.matches?.("textarea, input, select") && !keys.open) {
      target.blur();
      return;
    }
    if (!switched.checked || keys.open && key !== "?" || typing(target, key)) return;
    let did = true;
    if (key === "?") overlay();
    else if (key === "j" || key === "k") {
      const found = stops();
      const at = here();
      const to = found[at < 0 ? 0 : at + (key === "j" ? 1 : -1)];
      if (to) enter(to);
      else if (key === "j" && found[0]?.classList.contains("criterion")) comment()?.focus();
    } else if (key === "c") comment()?.focus();
    else if (key === "e") {
      const link = stops()[Math.max(0, here())]?.querySelector("a.show-evidence");
      if (link) point(link);
      else did = target.inputMode === "decimal"; // no letter belongs there
    } else if (/^[0-9]$/.test(key)) did = points(key, event.timeStamp);
    else did = false;
    if (did) event.preventDefault();
  });
})();
