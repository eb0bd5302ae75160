// A score sheet never loses a word: what is typed is kept on this device until the server has it.
// htmx sends the form (see hx-trigger there); this file says how it stands, keeps, retries and brings back.
// A sheet is a form[data-sheet]: the one of its page, or one of each row of the table.
(() => {
  const HIDDEN = ["_csrf", "version", "over"]; // every other field of a sheet is what somebody typed
  const done = new URLSearchParams(location.search).get("done");
  if (done) {
    try { localStorage.removeItem(`laurea:${document.documentElement.dataset.person}:${done}`); } catch { /* nothing kept */ }
    history.replaceState(null, "", location.pathname + location.hash);
  }
  document.querySelectorAll("form[data-sheet][data-editable=yes]").forEach(watch);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  function watch(form) {
    const scope = form.closest("tr") || form; // in the table the fields stand outside their form
    const key = form.dataset.key;
    const say = form.dataset;
    let failures = 0;
    let waiting = 0;
    let paused = false;
    let underWay = false;
    let leaving = false; // the next page may have been drawn before the last save arrived: it needs the copy
    let submitter = null; // pressed while a save was under way: goes out as soon as that save is answered

    const field = (name) => form.elements.namedItem(name);
    // Files are no words: a browser keeps none, and they go out when somebody adds them.
    const typed = ([name, value]) => !HIDDEN.includes(name) && typeof value === "string";
    const text = (data) => JSON.stringify([...data].filter(typed));
    const current = () => text(new FormData(form));
    let stored = current(); // what the server is known to have

    const keep = () => {
      try {
        localStorage.setItem(key, JSON.stringify({ version: field("version").value, text: current() }));
      } catch { /* a full or forbidden store: the server copy remains */ }
    };
    const forget = () => { try { localStorage.removeItem(key); } catch { /* nothing kept */ } };
    const kept = () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };

    const state = (words, look) => {
      const line = scope.querySelector(".saved");
      line.textContent = words;
      line.className = "saved " + (look || "");
      return line;
    };
    const save = () => form.dispatchEvent(new CustomEvent("laurea:save"));
    const retry = () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, Math.min(30000, 1000 * 2 ** failures++));
    };
    const fill = (json) => {
      for (const [name, value] of JSON.parse(json)) {
        const target = field(name);
        if (target) target.value = value;
      }
    };

    // After signing in again the page's token is old: take the new one from the same address.
    const freshToken = async () => {
      const answer = await fetch(location.pathname, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const token = page.querySelector("form[data-sheet] input[name=_csrf]");
      if (!token) return false;
      document.querySelectorAll("input[name=_csrf]").forEach((input) => { input.value = token.value; });
      return true;
    };

    const before = kept();
    if (before && before.text !== stored) {
      fill(before.text);
      state(say.back, "saving");
      // A sheet that moved on meanwhile is refused as changed elsewhere: both texts are then shown.
      field("version").value = before.version;
      setTimeout(save, 300);
    } else if (before) forget();

    scope.addEventListener("input", () => {
      leaving = false;
      if (current() !== stored) keep();
    });
    window.addEventListener("beforeunload", () => { leaving = true; });

    form.addEventListener("htmx:config:request", (event) => {
      if (paused || current() === stored && !field("over").value) event.preventDefault();
    });
    form.addEventListener("htmx:before:request", (event) => {
      // A request that waited in the queue must carry what stands in the form now, with the version of now.
      event.detail.ctx.request.body = new URLSearchParams(new FormData(form));
      event.detail.ctx.sent = current();
      underWay = true;
      state(say.saving, "saving");
    });
    form.addEventListener("htmx:finally:request", () => {
      underWay = false;
      if (submitter && !failures && !paused) form.requestSubmit(submitter);
      submitter = null;
    });
    form.addEventListener("htmx:after:request", (event) => {
      const { response, sent } = event.detail.ctx;
      if (response.status === 200) {
        failures = 0;
        stored = sent;
        if (current() !== sent) { keep(); setTimeout(save, 800); }
        else if (!leaving) forget();
      } else if (response.status === 409 && event.detail.ctx.text.includes('id="elsewhere"')) {
        paused = true;
        keep();
        if (form.contains(scope)) state(say.elsewhere, "kept");
      } else if (response.status === 403 || response.status === 401) {
        keep();
        const line = state(say.signedOut + " ", "kept");
        const link = document.createElement("a");
        link.href = "/sign-in?to=" + encodeURIComponent(location.pathname);
        link.target = "_blank";
        link.rel = "opener";
        link.textContent = say.signIn;
        line.append(link);
        freshToken().then((found) => { if (found) save(); else retry(); }, retry);
      } else if (response.status === 409) {
        keep();
        state(say.refused, "kept");
      } else {
        keep();
        state(say.kept, "kept");
        retry();
      }
    });
    form.addEventListener("htmx:error", () => {
      keep();
      state(say.kept, "kept");
      retry();
    });

    scope.addEventListener("click", (event) => {
      const what = event.target.closest?.("[data-do]");
      if (!what) return;
      if (what.dataset.do === "keep-mine") {
        field("version").value = what.closest("[data-version]").dataset.version;
        field("over").value = "1";
        document.getElementById("elsewhere").replaceChildren();
        paused = false;
        save();
      } else if (what.dataset.do === "take-theirs") {
        paused = true;
        forget();
      }
    });

    scope.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        scope.querySelector("button[value=submit]").click();
      } else if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
    });

    // Submitting takes the text along; the copy goes when the next page says that it arrived (?done=).
    form.addEventListener("submit", (event) => {
      keep();
      if (underWay) {
        event.preventDefault();
        submitter = event.submitter;
      } else paused = true;
    });
    window.addEventListener("online", () => { if (current() !== stored) save(); });
  }
})();
