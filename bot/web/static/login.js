// A link that logs in carries its token behind "#", which no browser sends: it goes to the server in a form instead.

function enter() {
  const token = location.hash.slice(1);
  if (!token || location.pathname !== "/login") return;  // on "/" it says what is to be shown once somebody is in
  history.replaceState(null, "", location.pathname);  // nor does it stay in the history
  const form = document.getElementById("by-link");
  form.elements.link.value = token;
  form.submit();
}

window.addEventListener("hashchange", enter);
enter();
