import CallControl
import Credentials
import Foundation
import Logging
import NIOPosix
import Testing
import Voicemail

@testable import Server

/// The control socket, asked as the command line asks it.
@Suite struct ControlSocketTests {
    private let folder: String
    private let store: MessageStore

    init() throws {
        // Short: the path of a socket has 107 octets.
        folder = "/tmp/antiphon-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try MessageStore.open(folder: folder + "/voicemail", secret: try ServerSecret.open(folder + "/secret"))
    }

    private func withSocket(_ body: @Sendable (String) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Not the pool that the questions wait on.
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let rooms = [
            RoomListing(
                room: "3001@localhost", locked: false, members: [.init(caller: "1001", role: "participant", muted: true, seconds: 7)])
        ]
        let desk = ControlDesk(
            store: store, domain: "localhost", background: threads,
            calls: { request in
                request.command == .listRooms ? group.next().makeSucceededFuture(ControlReply { $0.rooms = rooms }) : nil
            })
        let path = folder + "/control.sock"
        let socket = try await ControlSocket.open(path, desk: desk, group: group, log: Logger(label: "test"))
        do {
            try await body(path)
        } catch {
            Issue.record(error)
        }
        await socket.close()
        #expect(!FileManager.default.fileExists(atPath: path))
        try await group.shutdownGracefully()
        try await threads.shutdownGracefully()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The command line waits for the answer; a test must not hold up the threads that others run on meanwhile.
    private func ask(_ request: ControlRequest, at path: String) async throws -> ControlReply {
        try await NIOThreadPool.singleton.runIfActive { try ControlLine.ask(request, at: path) }
    }

    private func exchange(_ line: String, at path: String, timeout: Int) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive { try ControlLine.exchange(line, at: path, timeout: timeout) }
    }

    @Test func onlyItsUserMayOpenIt() async throws {
        try await withSocket { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func mailboxesAreMadeListedAndShown() async throws {
        try await withSocket { path in
            let made = try await ask(ControlRequest(.addMailbox, mailbox: "1010", pin: "4826"), at: path)
            #expect(made.error == nil && made.mailboxes?.first?.hasPIN == true)
            let twice = try await ask(ControlRequest(.addMailbox, mailbox: "1010@localhost"), at: path)
            #expect(twice.error?.contains("exists") == true)
            _ = try await ask(ControlRequest(.addMailbox, mailbox: "1011"), at: path)
            let listed = try await ask(ControlRequest(.listMailboxes), at: path).mailboxes ?? []
            #expect(listed.map(\.mailbox) == ["1010@localhost", "1011@localhost"])
            #expect(listed.map(\.hasPIN) == [true, false])
            let shown = try await ask(ControlRequest(.showMailbox, mailbox: "1010"), at: path)
            #expect(shown.messages == [] && shown.mailboxes?.count == 1)
            let verified = try await ask(ControlRequest(.verifyMailboxes), at: path)
            #expect(verified.discrepancies == [])
        }
    }

    @Test func mailboxesAreDisabledAndEnabled() async throws {
        try await withSocket { path in
            _ = try await ask(ControlRequest(.addMailbox, mailbox: "1010"), at: path)
            let disabled = try await ask(ControlRequest(.disableMailbox, mailbox: "1010"), at: path)
            #expect(disabled.mailboxes?.first?.disabled == true)
            let enabled = try await ask(ControlRequest(.enableMailbox, mailbox: "1010"), at: path)
            #expect(enabled.mailboxes?.first?.disabled == false)
            let unknown = try await ask(ControlRequest(.disableMailbox, mailbox: "1099"), at: path)
            #expect(unknown.error != nil)
        }
    }

    @Test(arguments: ["1234", "1111", "777", "12ab"])
    func poorPINsAreRefusedAndNotRepeated(pin: String) async throws {
        try await withSocket { path in
            let reply = try await ask(ControlRequest(.addMailbox, mailbox: "2011", pin: pin), at: path)
            #expect(reply.error?.isEmpty == false)
            #expect(reply.error?.contains(pin) == false)
            let unknown = try await ask(ControlRequest(.showMailbox, mailbox: "2011"), at: path)
            #expect(unknown.error != nil)
        }
    }

    @Test func roomsAreListed() async throws {
        try await withSocket { path in
            let rooms = try await ask(ControlRequest(.listRooms), at: path).rooms
            #expect(rooms?.first?.members.first?.caller == "1001" && rooms?.first?.members.first?.muted == true)
        }
    }

    @Test(arguments: ["", "{", "null", "{\"command\":\"mailbox.burn\"}", "[1,2,3]", "\u{0}\u{1}", "{\"command\":7}"])
    func nonsenseIsAnsweredAndHarmsNothing(line: String) async throws {
        try await withSocket { path in
            let answer = try await exchange(line, at: path, timeout: 10)
            #expect(String(decoding: answer, as: UTF8.self).contains("error"))
            let reply = try await ask(ControlRequest(.listMailboxes), at: path)
            #expect(reply.error == nil)
        }
    }

    @Test func aLineWithoutEndIsCutOff() async throws {
        try await withSocket { path in
            let flood = String(repeating: "a", count: 10 * ControlSocket.longestLine)
            _ = try? await exchange(flood, at: path, timeout: 10)
            let reply = try await ask(ControlRequest(.listMailboxes), at: path)
            #expect(reply.error == nil)
        }
    }

    @Test func aSecondServerInTheSameFolderIsRefused() async throws {
        let store = store
        try await withSocket { path in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let desk = ControlDesk(
                store: store, domain: "localhost", background: .singleton, calls: { _ in nil })
            await #expect(throws: StartFailure.self) {
                _ = try await ControlSocket.open(path, desk: desk, group: group, log: Logger(label: "test"))
            }
            try await group.shutdownGracefully()
        }
    }

    @Test func whatAKilledServerLeftIsReplaced() async throws {
        let path = folder + "/control.sock"
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        try await withSocket { path in
            let reply = try await ask(ControlRequest(.listMailboxes), at: path)
            #expect(reply.error == nil)
        }
    }

    @Test func withoutAServerTheReasonIsSaid() throws {
        let failure = #expect(throws: ControlLine.Failure.self) {
            _ = try ControlLine.ask(ControlRequest(.listRooms), at: folder + "/none.sock")
        }
        #expect(failure?.description.contains("no server is running") == true)
    }
}
