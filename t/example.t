#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The example in conf/, as "make run" serves it: what comes with the page,
# and that a room can be made.  As this user, and if that is root, as nobody.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use IO::Select ();
use IPC::Open2 qw/ open2 /;
use POSIX ();
use lib dirname(__FILE__) . '/lib';

use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $top = dirname(__FILE__) . '/..';
my $t = Test::Secmeet->new();
my ($module) = $t->globals() =~ /load_module (\S*secmeet\S*);/;

$t->skip_all('not with a sanitizer') if $ENV{SECMEET_PRELOAD};
$t->plan($> == 0 ? 46 : 23);

my %headers = (
	'content-security-policy' => "default-src 'none'; script-src 'self'; "
		. "style-src 'self'; connect-src 'self'; img-src 'self'; "
		. "media-src 'self' blob:; require-trusted-types-for 'script'; "
		. "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	'cross-origin-opener-policy' => 'same-origin',
	'permissions-policy' =>
		'camera=(self), microphone=(self), display-capture=(self)',
	'referrer-policy' => 'no-referrer',
	'x-content-type-options' => 'nosniff',
);

my $ca;

serve('root', 8443, 3478) if $> == 0;
serve('nobody', 9443, 3479);

###############################################################################

sub serve {
	my ($user, $tls, $udp) = @_;

	my $port = $t->port($tls);
	my $build = $t->testdir() . "/$user";
	my @as = $user eq 'nobody' && $> == 0 ? ('setpriv', '--reuid', '65534',
		'--regid', '65534', '--clear-groups') : ();

	mkdir $build;
	chmod 0777, $build;
	symlink $module, "$build/ngx_secmeet_module.so";

	my $pid = open my $out, '-|';

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		open STDERR, '>', "$build/stderr";
		exec @as, "$top/.ci/serve", $port, $t->port($udp), $build
			or POSIX::_exit(127);
	}

	my $url = IO::Select->new($out)->can_read(timeout(20)) ? <$out> : '';

	is($url, "https://localhost:$port/meet/\n", "$user: the URL alone");

	$ca = "$build/run/cert.pem";
	page($user, $port);
	room($user, $port);

	kill 'INT', $pid;
	waitpid $pid, 0;

	is($?, 0, "$user: ended");
	is($t->read_file("$user/stderr"), '', "$user: not a word more");
	ok(!-e "$build/run/access.log", "$user: no access log");
	is($t->read_file("$user/run/error.log") =~ s/^.*\[notice\].*\n//gmr, '',
		"$user: no errors");
}

sub page {
	my ($user, $port) = @_;

	my $page = request($port, 'GET', '/meet/');

	is($page->{status}, 200, "$user: the page");
	is($page->{headers}{$_}, $headers{$_}, "$user: $_")
		for sort keys %headers;

	is(type($port, '/meet/'), 'text/html', "$user: type of html");
	is(type($port, '/meet/app.js'), 'text/javascript', "$user: of js");
	is(type($port, '/meet/icon.svg'), 'image/svg+xml', "$user: of svg");
	is(type($port, '/meet/style/base.css'), 'text/css', "$user: of css");

	my $none = request($port, 'GET', '/meet/none.js');

	is($none->{status}, 404, "$user: no such file");
	is($none->{headers}{'content-security-policy'},
		$headers{'content-security-policy'}, "$user: and still no leeway");

	is(request($port, 'GET', '/')->{headers}{location},
		"https://localhost:$port/meet/", "$user: the way there");
}

sub room {
	my ($user, $port) = @_;

	my $uri = '/meet/rooms/' . random_hex(16);

	is(request($port, 'PUT', $uri, "https://localhost:$port")->{status},
		201, "$user: a room");
	is(request($port, 'PUT', $uri, "https://localhost:$port")->{status},
		409, "$user: once");
	is(request($port, 'PUT', '/meet/rooms/' . random_hex(16),
		'https://example.com')->{status}, 403, "$user: not from elsewhere");
	is(request($port, 'PUT', '/meet/rooms/' . random_hex(16), undef)
		->{status}, 403, "$user: not from nowhere");
	is(request($port, 'GET', $uri, "https://localhost:$port")->{status},
		426, "$user: only by WebSocket");
}

sub type {
	my ($port, $uri) = @_;

	my $type = request($port, 'GET', $uri)->{headers}{'content-type'} // '';

	return $type =~ s/;.*//r;
}

# over TLS, by the openssl program

sub request {
	my ($port, $method, $uri, $origin) = @_;

	my $text = '';
	my $pid = open2(my $out, my $in, 'openssl', 's_client', '-quiet',
		'-verify_quiet', '-CAfile', $ca, '-connect', "127.0.0.1:$port",
		'-servername', 'localhost');

	print $in "$method $uri HTTP/1.1\r\nHost: localhost:$port\r\n"
		. "Connection: close\r\n"
		. (defined $origin ? "Origin: $origin\r\n" : '')
		. ($method eq 'PUT' ? "Content-Length: 0\r\n" : '') . "\r\n";
	$in->flush();

	while (IO::Select->new($out)->can_read(timeout(10))) {
		last unless sysread $out, $text, 65536, length $text;
	}

	kill 'KILL', $pid;
	waitpid $pid, 0;

	return Test::Secmeet::parse_response($text);
}

###############################################################################
