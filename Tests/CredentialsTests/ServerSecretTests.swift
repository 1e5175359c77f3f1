import Foundation
import Testing

@testable import Credentials

@Suite final class ServerSecretTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "antiphon-secret-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var path: String { folder + "/secret" }

    private func write(_ octets: [UInt8], mode: Int) throws {
        try Data(octets).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func refusal() -> CredentialError.Kind? {
        do throws(CredentialError) {
            _ = try ServerSecret.open(path)
            return nil
        } catch { return error.kind }
    }

    @Test func theFirstStartMakesItAndTheNextReadsTheSame() throws {
        let made = try ServerSecret.open(path)
        let octets = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(octets.count == 32 && Set(octets).count > 8)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["secret"])
        let read = try ServerSecret.open(path)
        #expect(read.fingerprint == made.fingerprint)
        #expect(read.code(for: [1], purpose: "x") == made.code(for: [1], purpose: "x"))
    }

    @Test func twoServersHaveTwoSecretsAndEachUseAKeyOfItsOwn() throws {
        let one = try ServerSecret.open(path)
        let other = try ServerSecret.open(folder + "/other")
        #expect(one.fingerprint != other.fingerprint)
        #expect(one.code(for: [1], purpose: "x") != other.code(for: [1], purpose: "x"))
        #expect(one.code(for: [1], purpose: "x") != one.code(for: [1], purpose: "y"))
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o622, 0o660, 0o601])
    func oneThatOthersMayReadIsRefused(mode: Int) throws {
        try write([UInt8](repeating: 1, count: 32), mode: mode)
        #expect(refusal() == .exposed)
    }

    @Test(arguments: [0, 1, 31, 33, 4_096])
    func oneOfAWrongLengthIsRefusedAndKept(length: Int) throws {
        try write([UInt8](repeating: 1, count: length), mode: 0o600)
        #expect(refusal() == .malformed)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == length)
    }

    @Test func aLinkAndAFolderAreRefused() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(refusal() == .malformed)
        try FileManager.default.removeItem(atPath: path)
        _ = try ServerSecret.open(folder + "/other")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder + "/other")
        #expect(refusal() == .inputOutput)
    }

    @Test func aMissingFolderIsAnError() {
        #expect(throws: CredentialError.self) { try ServerSecret.open(folder + "/absent/secret") }
    }

    @Test func whoComesSecondTakesTheFirstsSecret() async throws {
        let path = path
        let fingerprints = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { try? ServerSecret.open(path).fingerprint } }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(fingerprints.count == 8 && Set(fingerprints).count == 1 && fingerprints[0] != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["secret"])
    }
}
