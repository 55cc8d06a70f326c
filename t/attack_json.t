#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threats A18 and A26, as far as the server goes: duplicate keys, other types
# and other fields are refused and reach nobody; what reaches the others is
# written anew by the server, with the sender's true id; and what people wrote
# comes out as it was written, up to its limit.

###############################################################################

use warnings;
use strict;
use utf8;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

###############################################################################

binmode Test::More->builder->$_, ':utf8' for qw/ output failure_output /;

my $t = Test::Secmeet->new();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_message_rate 1000;
        }
    }
}

EOC

###############################################################################

my ($tag, $token) = $t->create_room();
my ($alice, $joined) = $t->join($tag, name => 'alice');
my $bob = $t->join($tag, name => 'bob');
my ($mallory, $self) = $t->join($tag, name => 'mallory');
my ($you, $victim) = ($self->{you}, $joined->{you});
my $errors = 0;

while ($alice->wait('peer', timeout => 0.1)) { }
while ($bob->wait('peer', timeout => 0.1)) { }

# A18: duplicates at each depth, spelt in different ways

bad('json', '{"type":"send","data":"a","data":"b"}');
bad('json', '{"type":"send","type":"send","data":"a"}');
bad('json', '{"type":"send","data":"a","d\u0061ta":"b"}');
bad('json', '{"type":"send","data":"a","\u0064\u0061\u0074\u0061":"b"}');
bad('json', '{"type":"offer","sdp":"v=0","publish":{"0":"camera","0":"screen"}}');
bad('json', '{"type":"offer","sdp":"v=0","receive":{"0":null,"\u0030":null}}');

# not quite JSON, as other parsers take it

bad('json', $_) for '', ' ', '{', '}', '[', '{}{}', '{"type":"leave"}x',
	'{"type":"leave"}{"type":"leave"}', '[{"type":"leave"}]', '"leave"',
	'null', 'true', '1', '-', '{"type":"leave",}', '{,"type":"leave"}',
	"{'type':'leave'}", '{type:"leave"}', '{"type":"leave"/**/}',
	'{"type":"leave"}//', '{"type":NaN}', '{"type":Infinity}', '{"type":01}',
	'{"type":+1}', '{"type":.5}', '{"type":"\x"}', '{"type":"\u12"}',
	"{\"type\":\"a\tb\"}", "{\"type\":\"a\nb\"}", "\x{feff}{\"type\":\"leave\"}",
	'{"type":"send","data":"\ud800"}', '{"type":"send","data":"\udc00\ud800"}',
	'{"type":"send","data":"\u0000"}', '{"type":"send","data":"a\u0000b"}',
	'{"type\u0000":"leave"}', '{"type":"leave","x":1e999}',
	'{"type":"leave","x":123456789012345678901234567890}',
	'{"type":"leave","x":' . '[' x 9 . ']' x 9 . '}',
	'{"type":"leave","x":' . '{"x":' x 9 . '1' . '}' x 9 . '}',
	'[' x 30000, '{"x":' x 10000;

# types and fields

bad('type', $_) for '{}', '{"type":null}', '{"type":1}', '{"type":["leave"]}',
	'{"type":{"leave":1}}', '{"type":""}', '{"type":"Leave"}',
	'{"type":"leave "}', '{"TYPE":"leave"}', '{"type":"__proto__"}',
	'{"type":"constructor"}', '{"type":"toString"}', '{"type":"joined"}',
	'{"type":"message","from":"' . $victim . '","data":"x"}',
	'{"type":"left","peer":"' . $victim . '"}',
	'{"type":"knock","peer":"' . $victim . '"}', '{"type":"host"}';

bad('field', $_) for '{"type":"end","reason":"host"}', '{"type":"kick"}',
	'{"type":"send"}', '{"type":"send","data":null}',
	'{"type":"send","data":1}', '{"type":"send","data":["x"]}',
	'{"type":"send","data":{"x":1}}', '{"type":"send","data":true}',
	'{"type":"send","data":"x","from":"' . $victim . '"}',
	'{"type":"send","data":"x","x":1}',
	'{"type":"send","data":"x","__proto__":{"host":true}}',
	'{"type":"send","data":"x","constructor":{"prototype":{}}}',
	'{"type":"send","data":"x","to":null}',
	'{"type":"send","data":"x","to":1}',
	'{"type":"send","data":"x","to":["' . $victim . '"]}',
	'{"type":"send","data":"x","to":"' . uc("abcdef$victim") . '"}',
	'{"type":"send","data":"x","to":"' . $victim . '0"}',
	'{"type":"send","data":"x","to":"../' . substr($victim, 3) . '"}',
	'{"type":"mute","track":"' . $victim . '"}',
	'{"type":"mute","track":"' . $victim . '","on":1}',
	'{"type":"mute","track":"' . $victim . '","on":"true"}',
	'{"type":"mute","track":null,"on":true}',
	'{"type":"receive","mid":0,"track":null}',
	'{"type":"receive","mid":"","track":null}',
	'{"type":"receive","mid":"' . 'm' x 33 . '","track":null}',
	'{"type":"receive","mid":"0","track":false}',
	'{"type":"receive","mid":"0","pause":null}',
	'{"type":"offer","sdp":["v=0"]}', '{"type":"offer"}',
	'{"type":"offer","sdp":"v=0","publish":[]}',
	'{"type":"offer","sdp":"v=0","publish":{"0":"window"}}',
	'{"type":"offer","sdp":"v=0","publish":{"0":null}}',
	'{"type":"offer","sdp":"v=0","receive":{"0":1}}',
	'{"type":"offer","sdp":"v=0","receive":{"0":"x"}}',
	'{"type":"offer","sdp":"v=0","receive":{"":null}}',
	'{"type":"offer","sdp":"v=0","host":"' . $token . '"}',
	'{"type":"leave","x":1}', '{"type":"leave","type ":1}';

bad('state', '{"type":"join"}');
bad('state', '{"type":"join","host":"' . $token . '"}');

# what belongs to others; these are no faults, PROTOCOL.md

for my $text ('{"type":"mute","track":"' . $victim . '","on":true}',
	'{"type":"send","data":"x","to":"' . '0' x 16 . '"}')
{
	$mallory->send_text($text);

	my $answer = $mallory->read_message();

	like($answer->{code}, qr/^(?:track|peer)$/, "not one's own: $text");
}

# none of it has reached anybody, and none has left

ok($alice->silent(), 'nothing of it came to alice');
ok($bob->silent(), 'nor to bob');

###############################################################################

# what is passed on is written anew

for my $text ('{"type":"send","data":"plain"}',
	" {\t\"data\" :\n\"plain\" , \"type\":\r\"send\"} ",
	'{"typ\u0065":"s\u0065nd","\u0064ata":"pl\u0061in"}')
{
	$mallory->send_text($text);
	is(raw($alice), '{"type":"message","from":"' . $you
		. '","data":"plain"}', 'one text for all spellings');
	raw($bob);
}

# a sender is who it is, whatever it says of itself

my $forged = '{"type":"message","from":"' . $victim . '","data":"x"}';

$mallory->send('send', data => $forged);

my $message = $alice->wait('message');

is_deeply($message, { type => 'message', from => $you, data => $forged },
	'a message in a message is a text');
raw($bob);

$mallory->send('send', data => 'to one', to => $victim);
is_deeply($alice->wait('message'), { type => 'message', from => $you,
	to => $victim, data => 'to one' }, 'to one');
ok($bob->silent('message'), 'and to no other');

###############################################################################

# A26: names and texts come out literally

my @texts = (
	'', ' ', '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
	'javascript:alert(1)', '&lt;&amp;&#60;', "'; DROP TABLE rooms; --",
	'{{constructor.constructor("alert(1)")()}}', '${7*7}', '%s%n%x', '%00',
	'__proto__', 'constructor', 'hasOwnProperty', '{"__proto__":{"x":1}}',
	'\\', '\\"', '"', '\\u0041', '/', '</script><!--',
	"\x{1}\x{2}\x{1f}\x{7f}", "\t\r\n\x{8}\x{c}", "a\x{85}b",
	"\x{2028}\x{2029}", "\x{202e}evil\x{202c}", "\x{200b}\x{200d}\x{feff}",
	"\x{e9} e\x{301} \x{212b}", "Привет, 世界, שלום",
	"\x{1f468}\x{200d}\x{1f469}\x{200d}\x{1f467}", "\x{10ffff}\x{fffe}",
	"e" . "\x{301}" x 400, 'x' x 1024, "\x{20ac}" x 341, ' ' x 1024,
	'"' x 1024, "\x{1}" x 1024,
);

for my $text (@texts) {
	my $name = JSON::PP->new->ascii->allow_nonref->encode(
		length $text > 40 ? substr($text, 0, 40) . '...' : $text);

	my $peer = $t->ws($tag);
	my $called = $text;

	$peer->send('join', name => $text);

	# texts may have control characters, names may not

	if ($text =~ /[\x{1}-\x{1f}]/) {
		is(($peer->read_message() || {})->{code}, 'field',
			"no name: $name");
		$called = 'somebody';
		$peer->send('join', name => $called);
	}

	my $me = $peer->wait('joined') || {};
	my $seen = $alice->wait('peer', peer => $me->{you} // '') || {};

	is($seen->{name}, $called, "a name: $name");

	my ($late, $roster) = $t->join($tag);
	my ($entry) = grep { $_->{peer} eq $me->{you} } @{$roster->{peers}};

	is($entry->{name}, $called, "for those who come later: $name");

	$peer->send('send', data => $text);
	is(($alice->wait('message', from => $me->{you}) || {})->{data}, $text,
		"a text: $name");

	$_->close(1000), $_->close_code() for $peer, $late;
}

# one byte more than a name may have, whatever its characters are

for my $text ('x' x 1025, "\x{20ac}" x 342, "\x{1f600}" x 257) {
	my $peer = $t->ws($tag);

	$peer->send('join', name => $text);
	is(($peer->read_message() || {})->{code}, 'field', 'a name too long');
	$peer->send('join', name => 'short');
	is(($peer->read_message() || {})->{type}, 'joined',
		'which is no end');
	$peer->close(1000);
	$peer->close_code();
}

bad('field', '{"type":"join","name":["x"]}', $t->ws($tag));
bad('field', '{"type":"join","name":{"toString":1}}', $t->ws($tag));
bad('field', '{"type":"join","name":null}', $t->ws($tag));

# a text of the largest size, and one byte more

my $frame = '{"type":"send","data":""}';
my $longest = 'x' x (65536 - length $frame);

$mallory = $t->join($tag);
$mallory->send_text($frame =~ s/""/"$longest"/r);
is(length(($alice->wait('message') || {})->{data} // ''), length $longest,
	'a text of 64 kilobytes');
$mallory->send_text($frame =~ s/""/"${longest}x"/r);
is($mallory->close_code(), 1009, 'and one byte more');

# sixteen faults are too many

$mallory = $t->join($tag);
$mallory->send_text('{}') for 1 .. 15;
$mallory->send('send', data => 'still here');
ok($alice->wait('message', data => 'still here'), 'after fifteen faults');
$mallory->send_text('{}');
is($mallory->close_code(), 1008, 'the sixteenth is the last');

# of all that nothing is in a log

unlike($t->error_log() . $t->read_file('access.log'),
	qr/script|__proto__|evil|plain|mallory|alice/, 'no log has a word of it');

###############################################################################

# a refused message of mallory, who comes back before the limit of faults

sub bad {
	my ($code, $text, $ws) = @_;

	if (!$ws) {
		if (++$errors % 15 == 0) {
			$mallory->close(1000);
			$mallory->close_code();
			($mallory, $self) = $t->join($tag);
			$you = $self->{you};

			for my $other ($alice, $bob) {
				$other->wait('left');
				$other->wait('ticket');
				$other->wait('peer');
			}
		}

		$ws = $mallory;
	}

	utf8::encode($text);
	$ws->send_text($text);

	my $answer = $ws->read_message() || {};
	my $name = length $text > 60 ? substr($text, 0, 60) . '...' : $text;

	$name =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;

	is($answer->{type} && "$answer->{type} " . ($answer->{code} // ''),
		"error $code", "refused: $name");

	# what the server says of it are its own words

	unlike(JSON::PP->new->encode($answer), qr/$victim|proto|constructor/,
		'in words of its own') if $text =~ /$victim|proto|constructor/;

	return;
}

# a text frame as it came

sub raw {
	my ($ws) = @_;

	for (1 .. 20) {
		my $frame = $ws->read_frame() or return;

		return $frame->{data} if $frame->{opcode} == $ws->TEXT;
	}

	return;
}

###############################################################################
