// An operation is a button that opens it; a link inside of a button is lost to who has no mouse.
function withoutLinksInButtons(system) {
  return { components: { DeepLink: ({ text }) => system.React.createElement("span", null, text) } };
}

window.addEventListener("load", function () {
  window.ui = SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [withoutLinksInButtons],
    layout: "BaseLayout",
    validatorUrl: null,
  });
});
