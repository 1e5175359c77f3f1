import Glibc
import NIOSSL

/// What one listener's TLS files came to when they were read.
struct TLSContexts: Sendable {
    /// nil without an identity.
    let server: NIOSSLContext?
    let client: NIOSSLContext
    let settings: TLSSettings
    /// When our certificate ends, in seconds of Unix time.
    let notAfter: Int?

    var secondsLeft: Int? { notAfter.map { $0 - time(nil) } }

    /// Reads the files, so not on an event loop.
    init(reading settings: TLSSettings) throws(TLSFailure) {
        self.settings = settings
        let authorities = try settings.authorities.map { path throws(TLSFailure) in try Self.certificates(in: path) }
        let trust: NIOSSLTrustRoots = authorities.map { .certificates($0) } ?? .default

        var client = TLSConfiguration.makeClientConfiguration()
        client.minimumTLSVersion = .tlsv12
        client.trustRoots = trust
        // Names are checked by RFC 5922, once the handshake is done: the rules of HTTPS take wildcards.
        client.certificateVerification = settings.verifiesServers ? .noHostnameVerification : .none
        client.shutdownTimeout = .seconds(1)

        guard let identity = settings.identity else {
            self.client = try Self.context(client, of: "")
            server = nil
            notAfter = nil
            return
        }
        let chain = try Self.certificates(in: identity.certificates)
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: identity.key, format: .pem)
        } catch {
            throw TLSFailure(file: identity.key, reason: "no private key in PEM form can be read from it (\(error))")
        }
        // Both ends of a link between servers show the same certificate (RFC 5922 §7.4, RFC 5923 §5).
        client.certificateChain = chain.map { .certificate($0) }
        client.privateKey = .privateKey(key)
        self.client = try Self.context(client, of: identity.certificates)

        var server = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        server.minimumTLSVersion = .tlsv12
        server.trustRoots = trust
        server.shutdownTimeout = .seconds(1)
        switch settings.clients {
        case .none: server.certificateVerification = .none
        case .request: server.certificateVerification = .optionalVerification
        case .require: server.certificateVerification = .noHostnameVerification
        }
        self.server = try Self.context(server, of: identity.certificates)
        notAfter = chain.first.map { Int($0.notValidAfter) }
    }

    private static func certificates(in path: String) throws(TLSFailure) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            guard !certificates.isEmpty else { throw TLSFailure(file: path, reason: "there is no certificate in it") }
            return certificates
        } catch let failure as TLSFailure {
            throw failure
        } catch {
            throw TLSFailure(file: path, reason: "no certificates in PEM form can be read from it (\(error))")
        }
    }

    private static func context(_ configuration: TLSConfiguration, of path: String) throws(TLSFailure) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSFailure(file: path, reason: "certificate and key do not go together, or are too weak (\(error))")
        }
    }
}

/// A file of TLS that cannot be used.
package struct TLSFailure: Error, Hashable, CustomStringConvertible {
    package let file: String
    package let reason: String

    package var description: String { file.isEmpty ? reason : "\(file): \(reason)" }
}
