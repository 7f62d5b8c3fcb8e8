// Shows the description of the API that is served beside this page, wherever the page is reached.
const description = new URL("../openapi.json", document.currentScript.src);

window.ui = SwaggerUIBundle({
  url: description.href,
  domNode: document.getElementById("docs"),
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
