// A form that takes a while says so: its button cannot be pressed twice, and the note it names is shown.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const note = document.getElementById(form.dataset.busy);
  const show = (busy) => {
    if (note) note.hidden = !busy;
    form.setAttribute("aria-busy", String(busy));
    // After the event: a button that is disabled while its form is sent would not be sent with it.
    setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = busy; });
  };
  form.addEventListener("submit", () => show(true));
  addEventListener("pageshow", (event) => { if (event.persisted) show(false); });
}
