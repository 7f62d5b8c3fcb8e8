// Shows the description of the API that is served beside this page, wherever the page is reached.
const description = new URL("../openapi.json", document.currentScript.src);

window.ui = SwaggerUIBundle({
  url: description.href,
  domNode: document.getElementById("docs"),
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false, // a token stays in this page, and goes with it
  tryItOutEnabled: true,
  validatorUrl: null,
  // Events come as a page unless the stream is chosen: this viewer shows an answer when it has ended.
  requestInterceptor: (request) => {
    for (const name of Object.keys(request.headers))
      if (name.toLowerCase() === "accept" && request.headers[name] === "*/*") request.headers[name] = "application/json";
    return request;
  },
});
