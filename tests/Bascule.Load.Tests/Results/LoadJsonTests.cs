using System.Text.Json;

namespace Bascule.Load.Tests;

/// <summary>A report can be kept, read again, and shown to anybody.</summary>
public sealed class LoadJsonTests
{
    private static LoadResult Full => Runs.Of(
        Runs.Good("via") with { Failures = [Runs.Tally("http.503", 5, 0.25, 3.125) with { Attempt = "a1", Explanation = "the pool was full" }], Windows = [Runs.Histogram((30, 5_000_000))] },
        Runs.Good("direct")) with
    {
        Interrupted = true,
        Seconds = [Runs.Second(0, 100, received: 5, opened: 100)],
        Storm = new StormResult(100, 99, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.25), null, 80.5),
        Environment = new LoadEnvironment("0.1.0+abc", "Debian 12", "6.18", 2, 20_000, 32_768, 60_999),
    };

    [Fact]
    public void What_was_written_is_read_back()
    {
        var read = LoadJson.Read(LoadJson.Write(Full));

        // Records hold lists, which compare by reference: the text of both tells.
        Assert.Equal(LoadJson.Write(Full), LoadJson.Write(read));
        Assert.Equal(TimeSpan.FromSeconds(11.5), read.Duration);
        Assert.Equal((Runs.Start, LoadMode.Echo, true), (read.Started, read.Plan.Mode, read.Interrupted));
        Assert.Equal(Full.Targets[0].Failures, read.Targets[0].Failures);
        Assert.Equal((Full.Storm, Full.Environment), (read.Storm, read.Environment));
        Assert.Equal(72_000, read.Targets[1].RoundTrip.Count);
        Assert.Equal(30, read.Targets[0].Windows[0].Count);
    }

    [Fact]
    public void A_worker_sends_all_of_it_on_one_line()
    {
        var line = LoadJson.WriteLine(Full);

        Assert.DoesNotContain('\n', line);
        Assert.Equal(LoadJson.Write(Full), LoadJson.Write(LoadJson.Read(line)));
    }

    [Fact]
    public void Durations_have_their_unit_in_the_name_and_enums_are_words()
    {
        using var document = JsonDocument.Parse(LoadJson.Write(Full));
        var root = document.RootElement;

        Assert.Equal("bascule load", root.GetProperty("report").GetString());
        Assert.Equal(1, root.GetProperty("version").GetInt32());
        Assert.Equal(11.5, root.GetProperty("durationSeconds").GetDouble());
        Assert.Equal(10, root.GetProperty("plan").GetProperty("holdSeconds").GetDouble());
        Assert.Equal("echo", root.GetProperty("plan").GetProperty("mode").GetString());
        Assert.Equal(1.25, root.GetProperty("storm").GetProperty("ninetyPercentSeconds").GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("storm").GetProperty("allSeconds").ValueKind);
        var failure = root.GetProperty("targets")[0].GetProperty("failures")[0];
        Assert.Equal(("server", 0.25), (failure.GetProperty("guilty").GetString(), failure.GetProperty("firstSeconds").GetDouble()));
        Assert.Equal(2, root.GetProperty("environment").GetProperty("processors").GetInt32());
    }

    [Fact]
    public void A_pipeline_finds_the_main_figures_in_one_flat_place()
    {
        using var document = JsonDocument.Parse(LoadJson.Write(Runs.Of(Runs.Good() with { FailedAttempts = 25, Attempts = 125, Lost = 2, Received = 71_990, LostMessages = 6, InFlightAtEnd = 4 })));
        var summary = document.RootElement.GetProperty("summary");

        Assert.Equal(("good", true), (summary.GetProperty("verdict").GetString(), summary.GetProperty("valid").GetBoolean()));
        Assert.Equal((125, 100, 0.2, 2), (Number("attempts"), Number("opened"), Number("failRate"), Number("lost")));
        Assert.Equal((72_000, 71_990, 6), (Number("sent"), Number("received"), Number("messagesLost")));
        Assert.Equal((0.2, 1.4), (Math.Round(Number("rttP50Ms"), 3), Math.Round(Number("rttP99Ms"), 3)));
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("connectP99Ms").ValueKind);
        Assert.All(summary.EnumerateObject(), field => Assert.True(field.Value.ValueKind is not JsonValueKind.Object and not JsonValueKind.Array));

        double Number(string name) => summary.GetProperty(name).GetDouble();
    }

    [Fact]
    public void What_was_judged_is_written_too()
    {
        var result = Runs.Of(Runs.Good("via"), Runs.Good("direct"));
        using var document = JsonDocument.Parse(LoadJson.Write(LoadReport.Of(result, [Threshold.Parse("rtt.p99<1ms")], compareWith: result)));
        var root = document.RootElement;

        Assert.Equal("thresholdFailed", root.GetProperty("summary").GetProperty("verdict").GetString());
        Assert.Equal(("rtt.p99<1ms", "1.40 ms", false), (Field("text").GetString(), Field("seen").GetString(), Field("passed").GetBoolean()));
        Assert.False(root.GetProperty("comparison").GetProperty("hasRegression").GetBoolean());
        Assert.Equal(0, root.GetProperty("added").GetProperty("p50").GetProperty("overallNs").GetDouble());

        JsonElement Field(string name) => root.GetProperty("thresholds")[0].GetProperty(name);
    }

    [Fact]
    public void No_secret_of_the_plan_is_written()
    {
        var result = Runs.Of(Runs.Good()) with
        {
            Plan = Runs.Plan() with
            {
                Targets = [new LoadTarget("target", [new Uri("wss://user:s3cret@host.example:8443/ws?room=s3cret&token=s3cret&s3cret")])],
                Tokens = ["s3cret"],
                Headers = [KeyValuePair.Create("X-Key", "s3cret")],
                Subprotocols = ["chat.v1", "bearer.s3cret", "base64url.bearer.s3cret", new string('x', 36) + "s3cret"],
            },
        };

        var json = LoadJson.Write(result);

        Assert.DoesNotContain("s3cret", json);
        var plan = LoadJson.Read(json).Plan;
        Assert.Equal("wss://host.example:8443/ws?room=***&token=***&***", plan.Targets[0].Urls[0].OriginalString);
        Assert.Equal(KeyValuePair.Create("X-Key", "***"), Assert.Single(plan.Headers));
        Assert.Equal(["chat.v1", "bearer.***", "base64url.bearer.***", "***"], plan.Subprotocols);
        Assert.Empty(plan.Tokens);
    }

    [Theory]
    [InlineData("", "text that is no JSON: nothing")]
    [InlineData("# A title\nand text", "text that is no JSON: # A title and text")]
    [InlineData("[1]", "a JSON array")]
    [InlineData("{}", "a JSON object without fields")]
    [InlineData("""{"metrics":{},"root_group":{}}""", "a JSON object with metrics, root_group")]
    [InlineData("""{"report":7}""", "a JSON object with report")]
    public void A_file_that_is_no_report_is_refused_with_what_was_seen(string text, string seen)
    {
        var fault = Assert.Throws<FormatException>(() => LoadJson.Read(text));

        Assert.StartsWith($"This is no report of `bascule load --output json`: seen was {seen}", fault.Message);
        Assert.Contains("\"report\": \"bascule load\"", fault.Message);
    }

    [Fact]
    public void A_report_of_a_newer_program_is_refused_with_both_versions()
    {
        var newer = LoadJson.Write(Full with { Version = 2 });

        Assert.Contains("The report has version 2; this program reads versions up to 1", Assert.Throws<FormatException>(() => LoadJson.Read(newer)).Message);
    }

    [Theory]
    [InlineData("""{"report":"bascule load"}""", "The report has no `version`")]
    [InlineData("""{"report":"bascule load","version":0}""", "The report has no `version`")]
    [InlineData("""{"report":"bascule load","version":1}""", "The report is broken at $")]
    public void A_report_without_its_parts_is_refused(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => LoadJson.Read(text)).Message);

    [Theory]
    [InlineData("\"targets\": [", "\"targets\": 7, \"was\": [", "$.plan.targets")]
    [InlineData("\"holdSeconds\": 10", "\"holdSeconds\": 1e300", "$.plan.holdSeconds")]
    [InlineData("\"holdSeconds\": 10", "\"holdSeconds\": \"ten\"", "$.plan.holdSeconds")]
    [InlineData("\"mode\": \"echo\"", "\"mode\": \"sing\"", "$.plan.mode")]
    [InlineData("\"buckets\": [[", "\"buckets\": [[-1,1],[", "$.targets[0].connect")]
    [InlineData("\"seconds\": [", "\"seconds\": null, \"was\": [", "$.seconds")]
    public void A_broken_field_is_named(string good, string broken, string where)
    {
        var text = LoadJson.Write(Full);
        var at = text.IndexOf(good, StringComparison.Ordinal);
        var spoiled = string.Concat(text.AsSpan(0, at), broken, text.AsSpan(at + good.Length));

        Assert.StartsWith($"The report is broken at {where}", Assert.Throws<FormatException>(() => LoadJson.Read(spoiled)).Message);
    }
}
