import Glibc

/// Why a secret could not be had or a PIN not be hashed. Names the file, what is wrong and how to mend it; never the secret.
package struct CredentialError: Error, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// Others than the server's user may read the secret.
        case exposed
        /// It is not of 32 octets, or no regular file.
        case malformed
        case noPermission = "no-permission"
        case diskFull = "disk-full"
        case inputOutput = "input-output"
        /// scrypt gave no result: out of memory.
        case hashing
    }

    package var kind: Kind
    package var path: String
    package var problem: String
    package var remedy: String

    package var description: String { path.isEmpty ? "\(problem); \(remedy)" : "\(path): \(problem); \(remedy)" }

    static func system(_ code: Int32, path: String, while action: String) -> CredentialError {
        let problem = "\(action) failed: \(String(cString: strerror(code)))"
        switch code {
        case EACCES, EPERM, EROFS:
            return CredentialError(
                kind: .noPermission, path: path, problem: problem, remedy: "give the server's user write access to its folder")
        case ENOSPC, EDQUOT:
            return CredentialError(kind: .diskFull, path: path, problem: problem, remedy: "free space on this disk or raise the quota")
        default:
            return CredentialError(kind: .inputOutput, path: path, problem: problem, remedy: "check the disk and its mount")
        }
    }
}
