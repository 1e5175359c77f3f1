/// How one listener speaks TLS: 1.2 or newer, both ways.
package struct TLSSettings: Hashable, Sendable {
    /// Whether a peer that connects to us has to prove who it is.
    package enum ClientCertificates: String, Hashable, Sendable, CaseIterable {
        /// It is not asked.
        case none
        /// It is asked and may have none; a certificate that it shows must be good.
        case request
        /// It has none: no connection.
        case require
    }

    /// Who we are: files in PEM form. The certificate's file begins with our own and goes on with those that lead to the authority.
    package struct Identity: Hashable, Sendable {
        package var certificates: String
        package var key: String

        package init(certificates: String, key: String) {
            self.certificates = certificates
            self.key = key
        }
    }

    /// nil: nobody can connect to us, but we can to others.
    package var identity: Identity?
    package var clients: ClientCertificates
    /// A PEM file of the authorities that are believed; nil for those of the system.
    package var authorities: String?
    /// Whether the servers that we connect to must prove their names. Without it anybody on the way can listen and answer.
    package var verifiesServers: Bool

    package init(
        identity: Identity?, clients: ClientCertificates = .none, authorities: String? = nil, verifiesServers: Bool = true
    ) {
        self.identity = identity
        self.clients = clients
        self.authorities = authorities
        self.verifiesServers = verifiesServers
    }
}
