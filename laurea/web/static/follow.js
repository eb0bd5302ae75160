// Follows what somebody else moves: the live part of the page is asked for every two seconds and put in when it changed.
// Without this file the page is read anew by hand.
(() => {
  const part = document.querySelector("[data-follow]");
  if (!part) return;
  const lost = document.getElementById("lost");
  const again = document.getElementById("again");
  if (again) again.hidden = true;
  const ask = async () => {
    try {
      const answer = await fetch(part.dataset.follow, {
        cache: "no-store",
        headers: { "If-None-Match": `"${part.dataset.version}"` },
      });
      if (answer.redirected || answer.status === 404) { location.reload(); return; }
      if (answer.status === 200) {
        part.innerHTML = await answer.text();
        part.dataset.version = (answer.headers.get("etag") || "").replaceAll('"', "");
      }
      if (lost) lost.hidden = answer.ok || answer.status === 304;
    } catch {
      if (lost) lost.hidden = false;
    }
    setTimeout(ask, 2000);
  };
  setTimeout(ask, 2000);
})();
