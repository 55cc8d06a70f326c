#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What "nginx -t" says about a configuration: each fault in our own words,
# with the way to mend it, and both ends of each range.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $media = 'server { listen 127.0.0.1:%%PORT_3478_UDP%% udp; '
	. 'secmeet_media on; }';
my $rooms = 'location /meet/rooms/ { secmeet meet; }';

my $t = Test::Secmeet->new()->plan();

###############################################################################

# where the module is loaded

my $stream = $ENV{SECMEET_STREAM}
	|| '/usr/lib/nginx/modules/ngx_stream_module.so';

SKIP: {
	my ($module) = $t->globals() =~ /^(load_module \S*secmeet\S*;)/m;

	skip 'no dynamic modules', 3 unless $module && -e $stream;

	my $words = qr/needs\ \S+\ stream\ module,\ and\ needs\ it\ first:
		.*before\ the\ "load_module"\ of\ ngx_secmeet_module\.so/x;

	refused("$module\nevents { }\n", $words, 'without stream');
	refused("$module\nload_module $stream;\nevents { }\n", $words,
		'before stream');
	accepted("load_module $stream;\n$module\nevents { }\n", '',
		'after stream');
}

###############################################################################

# secmeet

accepted(conf(), '', 'rooms and media');
accepted(conf(rooms => ''), qr/\[warn\].*"secmeet_media"\ in\ \S+:\d+\ has\ no
	\ meetings\ to\ serve:\ add\ a\ location/x, 'media without rooms');
accepted(conf(rooms => 'location / { secmeet off; }', stream => ''), '',
	'secmeet off');
accepted(conf(rooms => 'location /a/ { secmeet meet:128k; '
	. 'location /a/b/ { secmeet off; } } location /c/ { secmeet meet; }'),
	'', 'a zone in two locations');
accepted(conf(rooms => 'location /a/ { secmeet meet; } '
	. 'location /c/ { secmeet meet:2m; }'), '', 'the size comes later');

refused(conf(stream => ''), qr/"secmeet"\ in\ \S+:\d+\ has\ no\ port\ for
	\ media:\ add\ "stream\ \{\ server\ \{\ listen\ 3478\ udp;
	\ secmeet_media\ on;\ \}\ \}"/x, 'rooms without media');
refused(conf(stream => $media =~ s/secmeet_media on/return ""/r),
	qr/has no port for media/, 'stream without media');
refused(conf(stream => $media =~ s/on;/off; return "";/r),
	qr/has no port for media/, 'media off');
refused(conf(rooms => 'location /a/ { secmeet meet; } '
	. 'location /b/ { secmeet other; }'), qr/one\ nginx\ holds\ one\ zone
	\ of\ rooms:\ use\ "meet"\ everywhere,\ as\ in\ \S+:\d+\ in\ \S+:\d+/x,
	'two zones');
refused(conf(rooms => 'location /a/ { secmeet meet:1m; } '
	. 'location /b/ { secmeet meet:1m; }'),
	qr/the zone "meet" has a size already: leave it out/, 'two sizes');
refused(conf(rooms => 'location /a/ { secmeet meet; secmeet meet; }'),
	qr/"secmeet" directive is duplicate/, 'secmeet twice');

for my $name (qw/ :1m m=eet me.et /) {
	refused(conf(rooms => "location /a/ { secmeet $name; }"),
		qr/invalid name of a zone/, "zone $name");
}

for my $size ('', 'x', '-1', '1q') {
	refused(conf(rooms => "location /a/ { secmeet meet:$size; }"),
		qr/invalid size of a zone/, "zone of size '$size'");
}

for my $size (131071, '1025m') {
	refused(conf(rooms => "location /a/ { secmeet meet:$size; }"),
		qr/must be between 128k and 1024m/, "zone of size $size");
}

for my $location ('/meet', '= /meet/', '@meet') {
	accepted(conf(rooms => "location $location { secmeet meet; }"),
		qr/\[warn\].*rooms are below/, "location $location");
}

accepted(conf(rooms => 'location ~ ^/a/ { secmeet meet; }'), '',
	'location by regex');

refused(conf(rooms => 'secmeet meet;'), qr/not allowed here/,
	'secmeet in a server');
refused(conf(rooms => 'location /a/ { secmeet; }'),
	qr/invalid number of arguments/, 'secmeet without a zone');

###############################################################################

# workers

accepted(conf(main => "worker_processes $_;"), '', "$_ workers")
	for 2, 64, 'auto';

accepted(conf(main => 'secmeet_run_path /' . 'r' x 79 . ';'), '',
	'the longest run path');
refused(conf(main => 'secmeet_run_path /' . 'r' x 80 . ';'),
	qr/is longer than 80 characters.*name a shorter one/,
	'a longer run path');
refused(conf(main => 'secmeet_run_path /a; secmeet_run_path /b;'),
	qr/is duplicate/, 'two run paths');

accepted(conf(main => 'worker_processes 2;', rooms => ''), qr/no meetings/,
	'two workers without rooms');

###############################################################################

# ranges

my %ranges = (
	secmeet_rooms => [ '1 and 100000', [ 1, 100000 ], [ 0, 100001 ] ],
	secmeet_peers => [ '1 and 1000', [ 1, 1000 ], [ 0, 1001 ] ],
	secmeet_tracks => [ '1 and 64', [ 1, 64 ], [ 0, 65 ] ],
	secmeet_message_size => [ '1k and 256k', [ 1024, '256k' ],
		[ 1023, '262145' ] ],
	secmeet_message_rate => [ '1 and 10000', [ 1, 10000 ], [ 0, 10001 ] ],
	secmeet_idle_timeout => [ '1s and 1d', [ '1s', '1d' ],
		[ '999ms', '86401s' ] ],
	secmeet_join_timeout => [ '1s and 1d', [ '1000ms', '24h' ],
		[ '0', '2d' ] ],
	secmeet_consent_timeout => [ '1s and 1d', [ 1, 86400 ],
		[ '999ms', '86401s' ] ],
);

for my $name (sort keys %ranges) {
	my ($words, $good, $bad) = @{$ranges{$name}};

	accepted(conf(http => "$name $_;"), '', "$name $_") for @$good;
	refused(conf(http => "$name $_;"), qr/value must be between $words/,
		"$name $_") for @$bad;
	refused(conf(http => "$name x;"), qr/invalid (?:value|number)/,
		"$name x");
	refused(conf(http => "$name $good->[0]; $name $good->[0];"),
		qr/is duplicate/, "$name twice");
}

refused(conf(server => 'secmeet_rooms 1;'), qr/not allowed here/,
	'secmeet_rooms in a server');

###############################################################################

# secmeet_origin

for my $origin (qw{ self none any https://a.example HTTPS://A.example:8443
	https://*.example.com http://[::1]:8080 ~^https://a\.example$
	~*^https://[a-z]+\.example$ })
{
	accepted(conf(http => "secmeet_origin $origin;"), '',
		"origin $origin");
}

accepted(conf(http => 'secmeet_origin none;',
	server => 'secmeet_origin self https://a.example;'), '',
	'several origins');
accepted(conf(http => 'secmeet_origin ~example;'),
	qr/\[warn\].*begin it with "\^" and end it with "\$"/,
	'a regex without anchors');

for my $origin (qw{ a.example //a.example https:// https://a/ https://a/b
	https://a:0 https://a:65536 https://a: https://*example.com https://*
	https://*. https://a*.example https://a..b https://u@a.example null
	https://a?b https://[::1 https://[z] }, 'https://a b', '')
{
	refused(conf(http => "secmeet_origin '$origin';"),
		qr/invalid origin "\Q$origin\E": write scheme:\/\/host/,
		"origin '$origin'");
}

refused(conf(http => 'secmeet_origin ~;'), qr/empty regex/, 'empty regex');
refused(conf(http => 'secmeet_origin ~*;'), qr/empty regex/,
	'empty caseless regex');
refused(conf(http => 'secmeet_origin "~^(a$";'), qr/\[emerg\].*pcre/i,
	'malformed regex');
refused(conf(http => 'secmeet_origin any; secmeet_origin any;'),
	qr/is duplicate/, 'origin twice');
refused(conf(http => 'secmeet_origin;'), qr/invalid number of arguments/,
	'no origin');

###############################################################################

# secmeet_media

my $port = $t->port(3479);

accepted(conf(stream => "$media server { listen 127.0.0.1:$port udp; "
	. "secmeet_media on; }"), '', 'two ports');
accepted(conf(stream => media("listen $port udp; listen [::]:$port udp;")),
	'', 'two families');
accepted(conf(stream => media("listen $port udp reuseport rcvbuf=64k;")), '',
	'reuseport');
accepted(conf(stream => media("listen 127.0.0.1:$port udp; "
	. "listen $port udp;")), '', 'an address and the wildcard');
accepted(conf(stream => media("listen 127.0.0.1:$port udp bind;")
	. "server { listen $port udp; return ''; }"), '',
	'beside another server');

accepted(conf(stream => media("listen 127.0.0.1:$port;")), '', 'tcp');
accepted(conf(stream => media("listen $port udp; listen $port;")), '',
	'udp and tcp');
accepted(conf(stream => media("listen $port reuseport backlog=1024;")),
	'', 'tcp with options');
accepted(conf(stream => media("listen $port; listen [::]:$port;",
	'proxy_pass 127.0.0.1:9;')), '', 'tcp beside proxy_pass');
accepted(conf(stream => media("listen $port; proxy_pass 127.0.0.1:9;")), '',
	'proxy_pass before it');
accepted(conf(stream => media("listen $port;", 'ssl_preread on; '
	. 'proxy_pass $ssl_preread_server_name:9; resolver 127.0.0.1;')), '',
	'tcp beside ssl_preread');

refused(conf(stream => media("listen unix:%%TESTDIR%%/udp udp;")),
	qr/needs an IP address and a port/, 'unix');
refused(conf(stream => media("listen unix:%%TESTDIR%%/tcp;")),
	qr/needs an IP address and a port/, 'unix by tcp');
refused(conf(stream => media("listen $port proxy_protocol;")),
	qr/cannot\ listen\ on\ \S+:$port\ with\ "proxy_protocol":\ browsers
	\ bring\ media\ without\ it/x, 'proxy_protocol');
refused(conf(stream => media("listen 127.0.0.1:$port proxy_protocol; "
	. "listen $port;")), qr/with "proxy_protocol"/,
	'proxy_protocol on an address');

SKIP: {
	skip 'no openssl', 1 unless $t->certificate('localhost');

	refused(conf(stream => media("listen $port ssl;",
		'ssl_certificate %%TESTDIR%%/cert.pem; '
		. 'ssl_certificate_key %%TESTDIR%%/key.pem;')),
		qr/cannot listen on \S+:$port with "ssl"/, 'ssl');
}

refused(conf(stream => media("listen 127.0.0.1:$port;")
	. "server { listen $port; return ''; }"),
	qr/shares the tcp socket of \S+ with another server/,
	'a shared tcp socket');
refused(conf(stream => media("listen 127.0.0.1:$port udp;")
	. "server { listen $port udp; return ''; }"),
	qr/shares\ the\ udp\ socket\ of\ \S+\ with\ another\ server:\ give\ it\ a
	\ port\ of\ its\ own/x, 'a shared socket');
refused(conf(stream => media("listen 127.0.0.1:$port udp;")
	. media("listen $port udp;")), qr/shares the udp socket/,
	'a socket shared with media');
refused(conf(stream => media("listen $port udp;",
	'proxy_pass 127.0.0.1:9;')), qr/cannot\ do\ anything\ else\ by\ udp:\ move
	\ "proxy_pass"/x, 'proxy_pass');
refused(conf(stream => "secmeet_media on; $media"), qr/not allowed here/,
	'media outside of a server');
refused(conf(stream => media("listen $port udp;", 'secmeet_media on;')),
	qr/is duplicate/, 'media twice');
refused(conf(stream => $media =~ s/on/yes/r), qr/invalid value "yes"/,
	'media yes');

###############################################################################

# secmeet_tcp

accepted(conf(server => 'secmeet_tcp on;'), '', 'beside the site');
accepted(conf(server => "listen 127.0.0.1:$port reuseport; secmeet_tcp on;"),
	'', 'on two sockets');
accepted(conf(server => "listen 127.0.0.1:$port proxy_protocol; "
	. 'secmeet_tcp off;'), '', 'off with proxy_protocol');

refused(conf(server => "listen 127.0.0.1:$port proxy_protocol; "
	. 'secmeet_tcp on;'), qr/"secmeet_tcp"\ in\ \S+:\d+\ cannot\ work\ on
	\ "listen\ 127\.0\.0\.1:$port\ \.\.\.\ proxy_protocol":\ browsers\ bring
	\ media\ without\ it/x, 'on with proxy_protocol');
refused(conf(server => 'secmeet_tcp on; secmeet_tcp on;'),
	qr/is duplicate/, 'secmeet_tcp twice');
refused(conf(server => 'secmeet_tcp yes;'), qr/invalid value "yes"/,
	'secmeet_tcp yes');
refused(conf(http => 'secmeet_tcp on;'), qr/not allowed here/,
	'secmeet_tcp in http');

###############################################################################

# secmeet_candidate

my $both = "listen $port udp; listen [::]:$port udp;";
my $v4 = "listen $port udp;";
my $v6 = "listen [::]:$port udp ipv6only=on;";
my $dual = "listen [::]:$port udp ipv6only=off;";
my $local = "listen 127.0.0.1:$port udp; listen [::1]:$port udp;";

for my $candidate (qw/ 192.0.2.1 192.0.2.1:1 192.0.2.1:65535 [2001:db8::1]
	[2001:db8::1]:3478 /, '192.0.2.1 198.51.100.1 [2001:db8::1]')
{
	accepted(candidate($both, $candidate), '', "candidate $candidate");
}

accepted(candidate($dual, '192.0.2.1 [2001:db8::1]'), '',
	'both families on one socket');
accepted(candidate($local, '127.0.0.1 [::1]:5000'), '',
	'loopback on loopback');

for my $candidate (qw/ 127.0.0.1 127.1.2.3:5 [::1] /) {
	accepted(candidate($both, $candidate),
		qr/\[warn\].*\ is\ a\ loopback\ address:\ only\ browsers\ on\ this
			\ machine\ reach\ it/x,
		"candidate $candidate");
}

for my $candidate (qw/ meet.example.com localhost 192.0.2 192.0.2.256
	2001:db8::1 [2001:db8::1 [2001:db8::1]x [192.0.2.1] 192.0.2.1:0
	192.0.2.1:65536 192.0.2.1: [2001:db8::1]:0 [] [::1]: :3478 /, '')
{
	refused(candidate($both, "'$candidate'"),
		qr/invalid\ address\ "\Q$candidate\E".*brackets.*names\ are\ not
		\ resolved/x,
		"candidate '$candidate'");
}

my %faults = (
	'0.0.0.0' => 'a wildcard', '0.1.2.3' => 'a wildcard',
	'[::]' => 'a wildcard', '224.0.0.1:5' => 'a multicast',
	'239.255.255.255' => 'a multicast', '[ff02::1]' => 'a multicast',
	'255.255.255.255' => 'a broadcast', '240.0.0.1' => 'a reserved',
	'[fe80::1]' => 'a link-local',
	'[::ffff:192.0.2.1]' => 'an IPv4',
);

for my $candidate (sort keys %faults) {
	refused(candidate($both, $candidate),
		qr/"\Q$candidate\E" in "secmeet_candidate" is $faults{$candidate}/,
		"candidate $candidate");
}

refused(candidate($v4, '[2001:db8::1]'),
	qr/unreachable\ candidate\ "2001:db8::1"\ in\ \S+:\d+:\ this\ server\ has
	\ no\ "listen"\ of\ its\ family/x, 'IPv6 without a listener');
accepted(candidate("listen [::]:$port;", '[2001:db8::1]:443'), '',
	'with a tcp listener');
refused(candidate($v6, '192.0.2.1'), qr/unreachable candidate "192.0.2.1"/,
	'IPv4 without a listener');
refused(candidate($both, join ' ', map { "192.0.2.$_" } 1 .. 17),
	qr/too many addresses.*16 at most/, '17 candidates');
accepted(candidate($both, join ' ', map { "192.0.2.$_" } 1 .. 16), '',
	'16 candidates');
refused(candidate($both, '192.0.2.1; secmeet_candidate 192.0.2.2'),
	qr/is duplicate/, 'candidates twice');
refused(conf(stream => "$media server { listen $port udp; return ''; "
	. "secmeet_candidate 192.0.2.1; }"),
	qr/"secmeet_candidate"\ in\ \S+:\d+\ is\ of\ no\ use\ without
	\ "secmeet_media\ on"/x, 'candidates without media');
refused(conf(stream => "$media server { listen $port udp; return ''; "
	. "secmeet_media off; secmeet_candidate 192.0.2.1; }"),
	qr/is of no use without/, 'candidates with media off');

###############################################################################

# secmeet_status

accepted(conf(rooms => "$rooms location = /status { secmeet_status; }"), '',
	'status');
accepted(conf(rooms => 'location = /status { secmeet_status; }',
	stream => ''), '', 'status alone');
refused(conf(rooms => 'location = /status { secmeet_status on; }'),
	qr/invalid value "on"/, 'status on');

###############################################################################

# a configuration that is right but for what is given

sub conf {
	my (%with) = @_;

	my %part = (main => '', http => '', server => '', rooms => $rooms,
		stream => $media, %with);

	my $text = "%%GLOBALS%%\n$part{main}\nevents { }\n"
		. "http { %%GLOBALS_HTTP%%\n$part{http}\n"
		. "server { listen 127.0.0.1:%%PORT_8080%%;\n"
		. "$part{server}\n$part{rooms} } }\n";

	$text .= "stream { $part{stream} }\n" if $part{stream} ne '';

	return $text;
}

sub media {
	my ($listen, $more) = @_;
	return "server { $listen secmeet_media on; " . ($more // '') . "}\n";
}

sub candidate {
	my ($listen, $candidates) = @_;
	return conf(stream => media($listen, "secmeet_candidate $candidates;"));
}

# with a warning that is like this, or without any

sub accepted {
	my ($conf, $like, $name) = @_;

	my ($status, $output) = $t->check_config($conf);
	my @said = grep { /\[/ && !/\[notice\]/ } split /\n/, $output;
	my $right = $like ? @said == 1 && $said[0] =~ $like : !@said;

	ok($status == 0 && $right, $name) or diag("$conf\n$output");

	return;
}

sub refused {
	my ($conf, $like, $name) = @_;

	my ($status, $output) = $t->check_config($conf);

	ok($status != 0 && $output =~ /\[emerg\]/ && $output =~ $like, $name)
		or diag("$conf\n$output");

	return;
}

###############################################################################
