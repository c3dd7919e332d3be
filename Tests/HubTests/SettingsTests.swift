import Foundation
import Hub
import Testing

@Suite struct SettingsTests {
  @Test(
    arguments: [
      ([:], "/u/.cache/huggingface/hub"),
      (["XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"),
      (["XDG_CACHE_HOME": "/x", "HF_HOME": "~/hf"], "/u/hf/hub"),
      (["HF_HOME": "$DATA/hf", "DATA": "/d"], "/d/hf/hub"),
      (["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"], "/old"),
      (["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "${DATA}/new", "DATA": "/d"], "/d/new"),
      (["HF_HOME": ""], "/u/.cache/huggingface/hub"),
    ] as [([String: String], String)])
  func theCacheIsWhereThePythonToolsHaveIt(_ environment: [String: String], _ path: String) throws {
    let settings = try HubSettings(environment: environment.merging(["HOME": "/u"]) { $1 })
    #expect(settings.cache.path == path)
    #expect(settings.endpoint == "https://huggingface.co" && !settings.isOffline && settings.token == nil)
  }

  @Test func theRestOfTheEnvironment() throws {
    let settings = try HubSettings(environment: [
      "HF_ENDPOINT": "https://mirror.example/hub//", "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1",
      "HF_TOKEN": "hf_x", "HF_HUB_DOWNLOAD_TIMEOUT": "12.5", "HTTPS_PROXY": "proxy:3128",
    ])
    #expect(settings.endpoint == "https://mirror.example/hub" && !settings.isOffline && settings.stallSeconds == 12.5)
    #expect(settings.token?.source == "HF_TOKEN" && settings.token?.description.contains("hf_x") == false)
    #expect(try HubSettings(environment: ["TRANSFORMERS_OFFLINE": "true"]).isOffline)
  }

  @Test(arguments: [
    (["HF_ENDPOINT": "hub.example"], "HF_ENDPOINT: 'hub.example' is no web address"),
    (["HF_TOKEN": "hf a\nX: y"], "HF_TOKEN: holds no token"),
    (["HF_HUB_DOWNLOAD_TIMEOUT": "soon"], "HF_HUB_DOWNLOAD_TIMEOUT: 'soon' is no number of seconds"),
    (["https_proxy": "socks5://p:1"], "https_proxy: 'socks5://p:1' is no HTTP proxy"),
  ])
  func whatMakesNoSenseIsSaid(_ environment: [String: String], _ message: String) {
    let error = #expect(throws: HubError.self) { try HubSettings(environment: environment) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }
}
