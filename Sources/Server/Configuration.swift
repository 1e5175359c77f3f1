import Audio
import AudioFiles
import CallControl
import Codecs
import Findings
import MediaPlane
import SDP
import SIP
import SIPTransport
import Scenarios
import Speech

/// Everything that can be set, with a default for every key: without a file the server answers its numbers on loopback.
package struct Configuration: Sendable {
    package struct Listener: Sendable {
        package var transport: TransportKind
        package var address: String
        package var port: UInt16
        /// What stands in Contact and Via; the bound address and port unless set.
        package var advertised: String?
        package var advertisedPort: UInt16?
        /// Who may talk to this listener; nil for those under `peers`.
        package var peers: [String]?
        /// SIP domains that may from anywhere, once their certificate has proved them.
        package var peerNames: [String] = []
        package var tls: TLSSettings?
    }

    package struct Media: Sendable {
        package var address = "127.0.0.1"
        /// What stands in our SDP.
        package var advertised: String?
        package var ports: ClosedRange<UInt16> = 20_000...29_999
        package var threads: Int?
        /// Without expected media for this long a peer is asked whether it lives.
        package var silence = Duration.seconds(30)
        /// How far playout may run behind the fastest packets.
        package var delayLimit = Duration.milliseconds(200)
        /// Whether a peer is followed to where his packets come from.
        package var followsSources = true
    }

    package var listeners = [
        Listener(transport: .udp, address: "127.0.0.1", port: 5060), Listener(transport: .tcp, address: "127.0.0.1", port: 5060),
    ]
    package var peers = ["127.0.0.0/8", "::1"]
    package var media = Media()
    /// Of calls, in our order of preference, where `peer_rules` say nothing else.
    package var codecs = CodecName.usual
    /// Whether that order wins over the one of a peer's offer.
    package var prefersOwnCodecs = false
    /// Whether comfort noise (RFC 3389) is negotiated.
    package var comfortNoise = false
    /// Whether RTCP's extended reports (RFC 3611) are negotiated.
    package var extendedReports = true
    /// How Opus is sent, if the peer has no other wishes.
    package var opus = AudioEncoder.Settings()
    /// Whether sound is encrypted, where `peer_rules` say nothing else.
    package var encryption = MediaEncryption.off
    /// Peers whose P-Asserted-Identity is believed; the machine itself unless the file lists others.
    package var trusted = ["127.0.0.0/8", "::1"]
    /// Domain of whatever is dialled at an address.
    package var domain = "localhost"
    /// Further domains whose users are users of `domain`.
    package var domains: [String] = []
    package var voicemail = Voicemail()
    package var rooms: [RoomBook.Entry] = Configuration.defaultRooms
    /// Patterns of the addresses that a caller may be sent to by what he keys in.
    package var dialTargets: [DialTarget] = []
    /// Peers whose calls are read in their own way; the first that fits.
    package var peerRules: [PeerRules] = []
    /// `sip:annc@…` and `sip:conf=…` (RFC 4240); nil: none.
    package var services: Services? = Services()
    package var trunks: [TrunkEntry] = []
    /// Name servers, `192.0.2.1` or `192.0.2.1:5353`; none: those of the system.
    package var nameServers: [String] = []
    package var authentication = Authentication()
    /// How such calls are placed.
    package var dialOut = DialOutSettings()
    package var data = "data"
    /// What is made of finished recordings.
    package var recordingsFormat = KeptFormat.wav
    package var prompts = "prompts"
    /// What prompts and music are brought to; nil: they are played as loud as their files are.
    package var promptsLoudness: LoudnessTarget? = .telephone
    /// What speaks texts that nobody has recorded; nil: nothing does.
    package var speech: SpeechSettings?
    /// Whom sound is fetched from; nil: nobody.
    package var web: WebSettings?
    /// Whose dial, busy, reorder and ring-back tones are played.
    package var tones = CallTone.Plan.european
    package var scenarios = "scenarios"
    package var calls = 4_000
    package var callsPerSecond = 2_000
    package var logLevel = "info"
    package var routes: [Route] = Configuration.defaultRoutes
    /// Where each route stands, for findings; empty for the embedded ones.
    package var routeLocations: [SourceLocation] = []

    package init() {}

    package var recordings: String { data + "/recordings" }
    package var voicemailFolder: String { data + "/voicemail" }
    package var controlSocket: String { data + "/control.sock" }

    /// Nobody but this machine can call.
    var isLoopbackOnly: Bool {
        let loopback = PeerNetworks.loopback
        return listeners.allSatisfy { loopback.contains($0.address) }
    }
    package var mediaAddress: String { media.advertised ?? media.address }
}
