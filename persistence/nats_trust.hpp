/// How a client of NATS and its server know each other.
#pragma once

#include <string>

namespace orderd {

/// Paths of files, read with each connection.
struct nats_trust {
  std::string credentials_file; ///< a user's JWT and key, as `nsc` writes them; empty: none
  std::string ca_file; ///< who may vouch for a `tls://` server, in PEM; empty: whom this machine trusts
};

} // namespace orderd
