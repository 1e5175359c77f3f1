import Crypto
import Glibc

/// 32 random octets in a file of the server's own, outside every database: a stolen index of PIN hashes is of no use without it.
package struct ServerSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package static let length = 32

    private let key: SymmetricKey
    /// Tells one secret from another and nothing about either: 8 hexadecimal digits, stored with what was made with it.
    package let fingerprint: String

    init(octets: [UInt8]) {
        key = SymmetricKey(data: octets)
        let code = HMAC<SHA256>.authenticationCode(for: Array("antiphon secret fingerprint".utf8), using: key)
        fingerprint = code.prefix(4).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    package var description: String { "(server secret \(fingerprint))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// HMAC-SHA256 (RFC 2104) of `message` under a key of its own for each `purpose`, so that no two uses can be played off.
    package func code(for message: [UInt8], purpose: String) -> [UInt8] {
        let derived = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: key))
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: derived))
    }

    /// Reads the secret at `path`, or makes one there when there is none: mode 0600, on disk before it is used.
    ///
    /// Refused are a file that others may read, one of another length, and anything but a regular file (links too).
    package static func open(_ path: String) throws(CredentialError) -> ServerSecret {
        if let octets = try read(path) { return ServerSecret(octets: octets) }
        try make(path)
        // Read back: another process may have been first.
        if let octets = try read(path) { return ServerSecret(octets: octets) }
        throw CredentialError.system(ENOENT, path: path, while: "reading back the new secret")
    }

    private static func read(_ path: String) throws(CredentialError) -> [UInt8]? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CredentialError.system(errno, path: path, while: "reading the secret")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw CredentialError.system(errno, path: path, while: "reading the secret") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CredentialError(kind: .malformed, path: path, problem: "it is not a regular file", remedy: "move it away")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw CredentialError(
                kind: .exposed, path: path, problem: "the server's secret may be read by others",
                remedy: "chmod 600 it; if others may have read it, delete it and set all PINs anew")
        }
        // One more than wanted, so that a longer file shows.
        var octets = [UInt8](repeating: 0, count: length + 1)
        let count = Glibc.read(descriptor, &octets, octets.count)
        guard count >= 0 else { throw CredentialError.system(errno, path: path, while: "reading the secret") }
        guard count == length else {
            throw CredentialError(
                kind: .malformed, path: path, problem: "the server's secret must have \(length) octets, this file has \(status.st_size)",
                remedy: "restore it from a backup, or delete it and set all PINs anew")
        }
        return Array(octets.prefix(count))
    }

    /// Under another name first: a kill half-way must not leave a secret of the wrong length at `path`.
    private static func make(_ path: String) throws(CredentialError) {
        let draft = "\(path).new-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CredentialError.system(errno, path: path, while: "making the secret") }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let octets = (0..<length).map { _ in UInt8.random(in: 0...255) }
        let written = write(descriptor, octets, octets.count)
        guard written == octets.count, fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else {
            throw CredentialError.system(written >= 0 && written < octets.count ? ENOSPC : errno, path: path, while: "making the secret")
        }
        // link, not rename: a secret that another process has made meanwhile stays.
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw CredentialError.system(errno, path: path, while: "making the secret")
        }
        try syncFolder(of: path)
    }

    private static func syncFolder(of path: String) throws(CredentialError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CredentialError.system(errno, path: folder, while: "bringing the secret to disk") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw CredentialError.system(errno, path: folder, while: "bringing the secret to disk") }
    }
}
