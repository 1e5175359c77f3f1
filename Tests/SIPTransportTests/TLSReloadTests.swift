import Foundation
import SIP
import Testing

@testable import SIPTransport

/// Certificates are replaced while the server runs.
@Suite(.timeLimit(.minutes(5))) struct TLSReloadTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("antiphon-\(UInt64.random(in: 0 ... .max))")

    private var listener: ListenerAddress {
        .loopback(
            .tls,
            tls: TLSSettings(
                identity: .init(certificates: folder.appendingPathComponent("chain").path, key: folder.appendingPathComponent("key").path)))
    }

    private func put(_ certificate: String, key: String = "key") throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, source) in [("chain", certificate), ("key", key)] {
            try Data(contentsOf: URL(fileURLWithPath: TLSBench.file(source))).write(to: folder.appendingPathComponent(name))
        }
    }

    /// The names that a client finds on a connection of its own.
    private func namesShown(by server: Station, to host: String) async throws -> [String] {
        try await TLSBench.client(nil) { client in
            try await client.send(Sample.request(), on: Station.flow(.tls, to: server.port(), host: host))
            try await server.send(Sample.response(), on: try await server.messages.next().flow)
            return try await client.messages.next().flow.peerNames
        }
    }

    @Test func newConnectionsSeeTheNewOne() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try put("right")
        try await Station.with([listener]) { server in
            try await TLSBench.client(nil) { old in
                try await old.send(Sample.request(), on: Station.flow(.tls, to: server.port(), host: "example.com"))
                let flow = try await server.messages.next().flow

                try put("dns")
                let failures = await server.reload()
                #expect(failures.isEmpty)
                let names = try await namesShown(by: server, to: "second.example.com")
                #expect(names == ["example.com", "second.example.com"])
                // The connection from before goes on.
                try await server.send(Sample.response(), on: flow)
                let answer = try await old.messages.next()
                #expect(answer.flow.peerNames == ["example.com"])
            }
        }
    }

    @Test func aBadFileChangesNothing() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try put("right")
        try await Station.with([listener]) { server in
            try put("right", key: "other-key")
            var failures = await server.reload()
            #expect(failures.count == 1)
            try Data("no certificate".utf8).write(to: folder.appendingPathComponent("chain"))
            failures = await server.reload()
            #expect(failures.first?.file == folder.appendingPathComponent("chain").path)
            let names = try await namesShown(by: server, to: "example.com")
            #expect(names == ["example.com"])
        }
    }
}
