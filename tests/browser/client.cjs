/** The plainest client: tells in lines of JSON what arrives at the WebSocket of node's own, or of the package `ws`. */
const Socket = globalThis.WebSocket ?? require("ws");

// By the environment: everybody on the machine can read a command line.
const socket = new Socket(process.env.URL, ["wsauth.v1", `bearer.${process.env.TOKEN}`]);
socket.onmessage = ({ data }) => console.log(data);
socket.onclose = ({ code }) => console.log(JSON.stringify({ closed: code }));
