// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {MockMXNB} from "../src/test/MockMXNB.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice The constructor, the roles, the pause, the allow-list and the rescue.
contract KustodiaEscrowAdminTest is EscrowTest {
    address private constant SAFE = address(0x5AFE);

    function test_constructor_givesOutTheRolesAndAllowsTheToken() public view {
        vm.assertEq(escrow.defaultAdmin(), ADMIN, "admin");
        vm.assertEq(escrow.defaultAdminDelay(), ADMIN_DELAY, "admin's delay");
        vm.assertEq(escrow.settlementDelay(), ADMIN_DELAY, "the settlement address's delay");
        vm.assertEq(escrow.ORPHANED_AFTER(), 30 * 24 * 3600, "thirty days");
        vm.assertEq(escrow.ABANDONED_AFTER(), 365 * 24 * 3600, "a year");
        vm.assertTrue(escrow.hasRole(PAUSER_ROLE, ADMIN), "the admin pauses");
        vm.assertTrue(escrow.hasRole(BRIDGE_ROLE, BRIDGE), "the bridge wallet bridges");
        vm.assertTrue(!escrow.hasRole(BRIDGE_ROLE, ADMIN), "the admin does not");
        vm.assertTrue(!escrow.hasRole(PAUSER_ROLE, BRIDGE), "the bridge wallet does not pause");
        vm.assertTrue(escrow.isTokenAllowed(address(token)), "token");
        vm.assertEq(escrow.VERSION(), "KustodiaEscrow/3", "version");
        vm.assertEq(escrow.BRIDGE_ROLE(), BRIDGE_ROLE, "bridge role");
        vm.assertEq(escrow.APPROVER_ROLE(), APPROVER_ROLE, "approver role");
        vm.assertEq(escrow.PAUSER_ROLE(), PAUSER_ROLE, "pauser role");
        vm.assertEq(escrow.VERTICAL(), "custody", "vertical");
        vm.assertEq(escrow.MAX_CUSTODY(), 10 * 365 * 24 * 3600, "ten years");
    }

    function test_constructor_refusesNoAdmin() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, address(0)
            )
        );
        new KustodiaEscrow(address(0), ADMIN_DELAY, BRIDGE, address(token));
    }

    function test_constructor_refusesABridgeWalletThatCannotBePaid() public {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementUnusable.selector, address(0)));
        new KustodiaEscrow(ADMIN, ADMIN_DELAY, address(0), address(token));
        address itself = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementUnusable.selector, itself));
        new KustodiaEscrow(ADMIN, ADMIN_DELAY, itself, address(token));
    }

    function test_constructor_refusesTheAdminAsBridgeWallet() public {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.RolesCollide.selector, ADMIN, ADMIN_ROLE));
        new KustodiaEscrow(ADMIN, 0, ADMIN, address(token));
    }

    function test_constructor_refusesNoToken() public {
        vm.expectRevert(IKustodiaEscrow.ZeroAddress.selector);
        new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(0));
    }

    function test_theAdmin_passesOnInTwoStepsAfterTheDelay() public {
        vm.prank(ADMIN);
        escrow.beginDefaultAdminTransfer(SAFE);
        vm.assertEq(escrow.defaultAdmin(), ADMIN, "still the old one");

        vm.warp(START + ADMIN_DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector, START + ADMIN_DELAY
            )
        );
        vm.prank(SAFE);
        escrow.acceptDefaultAdminTransfer();

        vm.warp(START + ADMIN_DELAY + 1);
        vm.prank(SAFE);
        escrow.acceptDefaultAdminTransfer();
        vm.assertEq(escrow.defaultAdmin(), SAFE, "the new one");
    }

    function test_aRevokedBridgeWallet_canNoLongerActButItsMoneyStillReturns() public {
        uint256 id = create();
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.grantRole(BRIDGE_ROLE, SAFE);
        vm.stopPrank();

        vm.warp(DEADLINE);
        expectMissingRole(BRIDGE, BRIDGE_ROLE);
        vm.prank(BRIDGE);
        escrow.cancel(id);
        vm.prank(SAFE);
        escrow.cancel(id);
        assertMoney(0, AMOUNT);
    }

    function test_noAccountIsTwoOfAdminBridgeAndApprover() public {
        vm.startPrank(ADMIN);
        expectCollision(BRIDGE, BRIDGE_ROLE);
        escrow.grantRole(APPROVER_ROLE, BRIDGE);
        expectCollision(APPROVER, APPROVER_ROLE);
        escrow.grantRole(BRIDGE_ROLE, APPROVER);
        expectCollision(ADMIN, ADMIN_ROLE);
        escrow.grantRole(BRIDGE_ROLE, ADMIN);
        expectCollision(ADMIN, ADMIN_ROLE);
        escrow.grantRole(APPROVER_ROLE, ADMIN);
        vm.assertTrue(!escrow.hasRole(APPROVER_ROLE, BRIDGE), "the bridge approves nothing");
        vm.assertTrue(!escrow.hasRole(BRIDGE_ROLE, APPROVER), "the approver bridges nothing");
    }

    function test_theAdminRole_passesToNoBridgeWalletAndNoApprover() public {
        address[2] memory heirs = [BRIDGE, APPROVER];
        bytes32[2] memory held = [BRIDGE_ROLE, APPROVER_ROLE];
        for (uint256 i; i < 2; ++i) {
            vm.prank(ADMIN);
            escrow.beginDefaultAdminTransfer(heirs[i]);
            vm.warp(block.timestamp + ADMIN_DELAY + 1);
            expectCollision(heirs[i], held[i]);
            vm.prank(heirs[i]);
            escrow.acceptDefaultAdminTransfer();
        }
        vm.assertEq(escrow.defaultAdmin(), ADMIN, "still the old one");
    }

    function test_aRoleMayBeGrantedTwice() public {
        vm.startPrank(ADMIN);
        escrow.grantRole(BRIDGE_ROLE, BRIDGE);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.assertTrue(escrow.hasRole(BRIDGE_ROLE, BRIDGE), "bridge");
        vm.assertTrue(escrow.hasRole(APPROVER_ROLE, APPROVER), "approver");
    }

    function expectCollision(address account, bytes32 held) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.RolesCollide.selector, account, held));
    }

    function test_anAccountMayTakeTheOtherRoleOnceItHasLaidDownItsOwn() public {
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.grantRole(APPROVER_ROLE, BRIDGE);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(BRIDGE_ROLE, APPROVER);
        vm.assertTrue(escrow.hasRole(APPROVER_ROLE, BRIDGE), "approves");
        vm.assertTrue(escrow.hasRole(BRIDGE_ROLE, APPROVER), "bridges");
    }

    function test_anAccountMayPauseBesidesItsOtherRole() public {
        vm.startPrank(ADMIN);
        escrow.grantRole(PAUSER_ROLE, BRIDGE);
        escrow.grantRole(PAUSER_ROLE, APPROVER);
        vm.assertTrue(escrow.hasRole(PAUSER_ROLE, BRIDGE), "bridge");
        vm.assertTrue(escrow.hasRole(PAUSER_ROLE, APPROVER), "approver");
    }

    function testFuzz_roles_areTheAdminsToGive(address caller, bytes32 role) public {
        vm.assume(caller != ADMIN && role != ADMIN_ROLE);
        expectMissingRole(caller, ADMIN_ROLE);
        vm.prank(caller);
        escrow.grantRole(role, caller);
        expectMissingRole(caller, ADMIN_ROLE);
        vm.prank(caller);
        escrow.revokeRole(role, BRIDGE);
    }

    function test_pause_isForPausersAndUnpauseForTheAdmin() public {
        expectMissingRole(STRANGER, PAUSER_ROLE);
        vm.prank(STRANGER);
        escrow.pause();

        vm.prank(ADMIN);
        escrow.grantRole(PAUSER_ROLE, STRANGER);
        vm.prank(STRANGER);
        escrow.pause();
        vm.assertTrue(escrow.paused(), "paused");

        expectMissingRole(STRANGER, ADMIN_ROLE);
        vm.prank(STRANGER);
        escrow.unpause();
        vm.prank(ADMIN);
        escrow.unpause();
        create();
    }

    function test_setTokenAllowed_letsATokenInAndOut() public {
        MockMXNB other = new MockMXNB(address(this), address(this), address(this));
        vm.prank(ADMIN);
        escrow.setTokenAllowed(address(other), true);
        vm.assertTrue(escrow.isTokenAllowed(address(other)), "in");
        vm.prank(ADMIN);
        escrow.setTokenAllowed(address(other), false);
        vm.assertTrue(!escrow.isTokenAllowed(address(other)), "out");
    }

    function test_setTokenAllowed_leavesOpenEscrowsAlone() public {
        uint256 id = create();
        vm.prank(ADMIN);
        escrow.setTokenAllowed(address(token), false);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.release(id);
        assertMoney(0, AMOUNT);
    }

    function test_setTokenAllowed_refusesStrangersAndTheZeroAddress() public {
        expectMissingRole(BRIDGE, ADMIN_ROLE);
        vm.prank(BRIDGE);
        escrow.setTokenAllowed(address(token), false);
        vm.expectRevert(IKustodiaEscrow.ZeroAddress.selector);
        vm.prank(ADMIN);
        escrow.setTokenAllowed(address(0), true);
    }

    function testFuzz_rescue_reachesExactlyWhatNoEscrowHolds(uint256 stray, uint256 asked) public {
        stray = bound(stray, 0, RICH);
        asked = bound(asked, 0, 2 * RICH);
        create();
        if (stray > 0) token.mint(address(escrow), stray);

        bool tooMuch = asked > stray;
        if (tooMuch) {
            vm.expectRevert(
                abi.encodeWithSelector(IKustodiaEscrow.ExceedsSurplus.selector, address(token), asked, stray)
            );
        }
        vm.prank(ADMIN);
        escrow.rescue(address(token), SAFE, asked);
        vm.assertEq(token.balanceOf(SAFE), tooMuch ? 0 : asked, "rescued");
        vm.assertGe(token.balanceOf(address(escrow)), AMOUNT, "the escrow's money stays");
    }

    function test_rescue_countsWhatEndedEscrowsLeftBehind() public {
        released();
        token.mint(address(escrow), 3);
        create(OTHER_REF);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ExceedsSurplus.selector, address(token), 4, 3));
        vm.prank(ADMIN);
        escrow.rescue(address(token), SAFE, 4);
        vm.prank(ADMIN);
        escrow.rescue(address(token), SAFE, 3);
        assertMoney(AMOUNT, AMOUNT);
    }

    function test_rescue_reachesATokenThatIsNotAllowed() public {
        MockMXNB other = new MockMXNB(address(this), address(this), address(this));
        other.configureMinter(address(this), type(uint256).max);
        other.mint(address(escrow), 5);
        vm.prank(ADMIN);
        escrow.rescue(address(other), SAFE, 5);
        vm.assertEq(other.balanceOf(SAFE), 5, "rescued");
    }

    function testFuzz_rescue_refusesWhoeverIsNoAdmin(address caller) public {
        vm.assume(caller != ADMIN);
        token.mint(address(escrow), 1);
        expectMissingRole(caller, ADMIN_ROLE);
        vm.prank(caller);
        escrow.rescue(address(token), caller, 1);
    }

    function test_theContract_takesNoEther() public {
        (bool sent,) = address(escrow).call{value: 1}("");
        vm.assertTrue(!sent, "refused");
    }
}
