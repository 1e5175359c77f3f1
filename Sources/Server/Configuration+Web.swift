import Fetching
import Findings
import Glibc
import WebAddresses

/// Whom this server sends HTTP requests to, and what is kept of the answers.
package struct WebSettings: Equatable, Sendable {
    package var client = WebClientSettings()
    /// Where answers are kept.
    package var folder: String
    /// So many bytes of them.
    package var cache = 256 << 20
}

extension Configuration {
    /// `data` must have been read: that is where answers are kept.
    func web(_ node: YAMLNode, into findings: inout [Finding]) -> WebSettings {
        var fields = YAMLFields(node, what: "`http`", at: node.location, into: &findings)
        var settings = WebSettings(folder: data + "/web")
        var origins: [WebOrigin] = []
        for node in fields.take("hosts")?.itemsOrSelf ?? [] {
            guard let text = node.text("hosts", into: &findings) else { continue }
            if let origin = WebOrigin(written: text) {
                origins.append(origin)
            } else {
                findings.append(
                    .error(
                        "bad-host", at: node.location, "`\(text)` is no host",
                        mend: "write media.example, media.example:8443 or, without TLS, \"http://10.0.0.5:8080\""))
            }
        }
        settings.client.origins = ListedOrigins(origins)
        if let timeout = fields.duration("timeout", into: &findings) {
            settings.client.timeout = min(max(timeout, .seconds(1)), .seconds(60))
        }
        if let mebibytes = fields.int("size", in: 1...100, into: &findings) { settings.client.size = mebibytes << 20 }
        if let mebibytes = fields.int("cache", in: 1...100_000, into: &findings) { settings.cache = mebibytes << 20 }
        settings.client.atOnce = fields.int("at_once", in: 1...100, into: &findings) ?? settings.client.atOnce
        if let node = fields.take("authorities"), let path = node.text("authorities", into: &findings) {
            if access(path, R_OK) != 0 { findings.append(.error("unreadable", at: node.location, "`\(path)` cannot be read")) }
            settings.client.authorities = path
        }
        fields.finish(into: &findings)
        return settings
    }
}
