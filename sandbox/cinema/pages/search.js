"use strict";
// Suggestions under the search box, as one types.
for (const form of document.querySelectorAll('form[role="search"]')) {
  const field = form.elements.q, list = form.querySelector("ul");
  let turn = 0;
  field.oninput = async () => {
    const mine = ++turn, words = field.value.trim();
    if (words.length < 2) { list.hidden = true; return; }
    const answer = await fetch(`/quickbook-search.bms?q=${encodeURIComponent(words)}&cat=MT&r=${form.elements.r.value}`);
    const hits = answer.ok ? (await answer.json()).hits : [];
    if (mine !== turn) return;
    list.replaceChildren(...hits.map((hit) => {
      const li = document.createElement("li"), a = document.createElement("a");
      a.href = `/movies/${form.elements.r.value.toLowerCase()}/${hit.SLUG}/${hit.ID}`; a.textContent = hit.TITLE;
      li.setAttribute("role", "option"); li.append(a); return li;
    }));
    list.hidden = hits.length === 0;
  };
  field.onblur = () => setTimeout(() => { list.hidden = true; }, 200);
}
