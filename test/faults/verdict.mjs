// What comes of a question after the handshake.

/** { authorized } or { code } of what requestClientCertificate() comes to. */
export const verdictOf = (socket) =>
  socket.requestClientCertificate().then(
    ({ authorized }) => ({ authorized }),
    ({ code, stack }) => ({ code, stack }),
  );
