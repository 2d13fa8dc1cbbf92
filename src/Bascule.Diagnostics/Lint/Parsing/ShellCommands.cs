using System.Text;

namespace Bascule.Diagnostics;

/// <summary>One command of a script.</summary>
/// <param name="Words">Without quotes; variables as written.</param>
/// <param name="After">What joins it to the command before: <c>||</c>, <c>&amp;&amp;</c>, <c>|</c>, or nothing.</param>
/// <param name="Writes">Files that it truncates by redirection.</param>
/// <param name="Input">The text of its here-document.</param>
public sealed record ShellCommand(IReadOnlyList<string> Words, Place Place, string After, IReadOnlyList<string> Writes, string Input)
{
    /// <summary>The program, without its path.</summary>
    public string Program => Words.Count == 0 ? "" : Words[0][(Words[0].LastIndexOf('/') + 1)..];

    public bool Starts(params ReadOnlySpan<string> words)
    {
        if (Words.Count < words.Length || Program != words[0])
            return false;
        for (var i = 1; i < words.Length; i++)
        {
            if (Words[i] != words[i])
                return false;
        }

        return true;
    }

    /// <summary>The value of <c>--name value</c> or <c>--name=value</c>; empty for a flag without one; null where it is not given.</summary>
    public string? Flag(string name)
    {
        for (var i = 1; i < Words.Count; i++)
        {
            if (Words[i] == name)
                return i + 1 < Words.Count && !Words[i + 1].StartsWith('-') ? Words[i + 1] : "";
            if (Words[i].Length > name.Length && Words[i][name.Length] == '=' && Words[i].StartsWith(name, StringComparison.Ordinal))
                return Words[i][(name.Length + 1)..];
        }

        return null;
    }
}

/// <summary>The commands of a shell script: quotes, continuations, here-documents and redirections, and nothing of control flow.</summary>
public static class ShellCommands
{
    /// <summary>Commands of one file; longer scripts are generated.</summary>
    private const int Most = 20_000;

    private static readonly HashSet<string> Leading = new(StringComparer.Ordinal) { "if", "then", "else", "elif", "do", "while", "until", "!", "time", "sudo", "exec", "env", "{", "(" };

    public static IReadOnlyList<ShellCommand> Read(string text, string file, int linesBefore = 0)
    {
        var build = new Build(new CharReader(text, file, linesBefore));
        return build.All();
    }

    private sealed class Build(CharReader from)
    {
        private readonly List<ShellCommand> _commands = [];
        private readonly List<string> _words = [];
        private readonly List<string> _writes = [];
        private readonly List<string> _marks = [];
        private string _after = "";
        private Place _start;

        internal List<ShellCommand> All()
        {
            while (!from.AtEnd && _commands.Count < Most)
                Step();
            End("");
            return _commands;
        }

        private void Step()
        {
            var c = from.Now;
            if (c != '\n' && char.IsWhiteSpace(c))
                from.SkipBlanks();
            else if (c == '\\' && from.Peek(1) is '\n' or '\r')
                from.Skip(from.Peek(1) == '\r' ? 3 : 2);
            else if (c == '#')
                from.RestOfLine();
            else if (c == '\n')
                EndLine();
            else if (c is ';' or '(' or ')')
                (_, _) = (from.Next(), End(""));
            else if (c is '&' or '|')
                Join(c);
            else if (c is '>' or '<' || (char.IsAsciiDigit(c) && from.Peek(1) is '>' or '<'))
                Redirect();
            else
                Take(Word());
        }

        private void Join(char c)
        {
            from.Next();
            if (from.Now == '>')
            {
                // &>file
                Redirect();
                return;
            }

            var isDouble = from.Now == c;
            if (isDouble)
                from.Next();
            End(isDouble || c == '|' ? new string(c, isDouble ? 2 : 1) : "");
        }

        private void Redirect()
        {
            if (char.IsAsciiDigit(from.Now))
                from.Next();
            var sign = from.Next();
            var isAppend = from.Now == sign;
            if (isAppend)
                from.Next();
            if (from.Now is '&' or '(')
            {
                // To another descriptor, or a process substitution: no file.
                from.Next();
                return;
            }

            if (from.Now is '-' or '|' or '<')
                from.Next();
            from.SkipBlanks();
            if (from.AtEnd || from.Now is '\n' or ';' or '|' or '&' or '>' or '<' or '(' or ')')
                return;
            var target = Word();
            if (sign == '<' && isAppend)
                _marks.Add(target);
            else if (sign == '>' && !isAppend)
                _writes.Add(target);
        }

        private void Take(string word)
        {
            if (_words.Count == 0 && (Leading.Contains(word) || IsAssignment(word)))
                return;
            if (_words.Count == 0)
                _start = from.Place;
            _words.Add(word);
        }

        private static bool IsAssignment(string word) => word.IndexOf('=') is > 0 and var at && word.AsSpan(0, at).IndexOfAnyExcept(NameCharacters) < 0;

        private static readonly System.Buffers.SearchValues<char> NameCharacters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

        private string Word()
        {
            var written = new StringBuilder();
            while (!from.AtEnd && !(char.IsWhiteSpace(from.Now) || from.Now is ';' or '|' or '&' or '>' or '<' or ')'))
            {
                var c = from.Now;
                if (c is '\'' or '"')
                    written.Append(from.Quoted(from.Next(), hasEscapes: c == '"'));
                else if (c == '$' && from.Peek(1) is '(' or '{')
                    Nested(written);
                else if (c == '\\' && from.Peek(1) is '\n' or '\r')
                    break;
                else if (c == '\\')
                    (_, _) = (from.Next(), written.Append(from.Next()));
                else
                    written.Append(from.Next());
            }

            return written.ToString();
        }

        /// <summary><c>$( … )</c> and <c>${ … }</c> stay in the word, whole.</summary>
        private void Nested(StringBuilder written)
        {
            written.Append(from.Next());
            var (opening, closing) = from.Now == '(' ? ('(', ')') : ('{', '}');
            var open = 0;
            do
            {
                open += from.Now == opening ? 1 : from.Now == closing ? -1 : 0;
                written.Append(from.Next());
            }
            while (open > 0 && !from.AtEnd);
        }

        private void EndLine()
        {
            from.Next();
            var input = new StringBuilder();
            foreach (var mark in _marks)
            {
                while (!from.AtEnd)
                {
                    var line = from.RestOfLine();
                    from.Next();
                    if (line.Trim() == mark)
                        break;
                    input.Append(line).Append('\n');
                }
            }

            _marks.Clear();
            End("", input.ToString());
        }

        private bool End(string joins, string input = "")
        {
            if (_words.Count > 0 || _writes.Count > 0)
            {
                _commands.Add(new ShellCommand([.. _words], _words.Count > 0 ? _start : from.Place, _after, [.. _writes], input));
                _words.Clear();
                _writes.Clear();
                _after = joins;
            }
            else if (joins.Length > 0)
            {
                _after = joins;
            }

            return true;
        }
    }
}
