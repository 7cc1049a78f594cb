// The renderer of diagrams, which `make docs` puts here, on pages that have some.
if (document.querySelector(".mermaid")) {
  const script = new URL("mermaid.min.js", document.currentScript.src);
  document.write(`<script src="${script}"></script>`);
}
